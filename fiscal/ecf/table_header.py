"""Elements of an e-CF from its root to Transporte, and its Totales and OtraMoneda.

Columns as ``table`` explains them.
"""

HEADER = """
ECF 1111111111
  Encabezado 1111111111
    Version 1111111111 code:1.0
    IdDoc 1111111111
      TipoeCF 1111111111 int:31,32,33,34,41,43,44,45,46,47
      eNCF 1111111111 encf
      FechaVencimientoSecuencia 1010111111 date
      IndicadorNotaCredito 0001000000 int:0,1
      IndicadorEnvioDiferido 3333003330 int:1
      IndicadorMontoGravado 2222200200 int:0,1
      IndicadorServicioTodoIncluido 3333003300 int:1
      TipoIngresos 1133001110 code:01,02,03,04,05,06
      TipoPago 1111331113 int:1,2,3
      FechaLimitePago 2222202222 date
      TerminoPago 3330303333 words:15
      TablaFormasPago 3330303333
        FormaDePago 1110101111 *7
          FormaPago 1110101111 int:1,2,3,4,5,6,7,8
          MontoPago 1110101111 amount
      TipoCuentaPago 3330303333 code:CT,AH,OT
      NumeroCuentaPago 3330303333 text:28
      BancoPago 3330303333 text:75
      FechaDesde 3333003333 date
      FechaHasta 3333003333 date
      TotalPaginas 3300333333 from2:9999
      TotalPaginas 0033000000 from2:99999
    Emisor 1111111111
      RNCEmisor 1111111111 rnc
      RazonSocialEmisor 1111111111 text:150
      NombreComercial 3333333333 text:150
      Sucursal 3333333333 text:20
      DireccionEmisor 1111111111 text:100
      Municipio 3333333333 place
      Provincia 3333333333 place
      TablaTelefonoEmisor 3333333333
        TelefonoEmisor 1111111111 phone *3
      CorreoEmisor 3333333333 email
      WebSite 3333333333 text:50
      ActividadEconomica 3333333333 text:100
      CodigoVendedor 3333003330 text:60
      NumeroFacturaInterna 3333333333 text:20
      NumeroPedidoInterno 3333333333 digits:20
      ZonaVenta 3333003330 text:20
      RutaVenta 3333003330 text:20
      InformacionAdicionalEmisor 3333333333 text:250
      FechaEmision 1111111111 date
    Comprador 1122101112
      RNCComprador 1222102120 rnc
      IdentificadorExtranjero 0222002022 text:20
      RazonSocialComprador 1222101112 text:150
      ContactoComprador 3333303330 text:80
      CorreoComprador 3333303330 email
      DireccionComprador 3333303330 text:100
      MunicipioComprador 3333303330 place
      ProvinciaComprador 3333303330 place
      PaisComprador 0000000030 nodigits:60
      FechaEntrega 3333003330 date
      ContactoEntrega 3333003330 text:100
      DireccionEntrega 3333003330 text:100
      TelefonoAdicional 3333003330 phone
      FechaOrdenCompra 3333003330 date
      NumeroOrdenCompra 3333003330 text:20
      CodigoInternoComprador 3333303330 text:20
      ResponsablePago 3333303330 letters:20
      InformacionAdicionalComprador 3333303330 text:150
    InformacionesAdicionales 3333003330
      FechaEmbarque 3333003330 date
      NumeroEmbarque 3333003330 text:25
      NumeroContenedor 3333003330 text:100
      NumeroReferencia 3333003030 digits:20
      NumeroReferencia 0000000300 text:20
      NombrePuertoEmbarque 0000000030 text:40
      CondicionesEntrega 0000000030 nodigits:3
      TotalFob 0000000030 amount+
      Seguro 0000000030 amount+
      Flete 0000000030 amount+
      OtrosGastos 0000000030 amount+
      TotalCif 0000000030 amount
      RegimenAduanero 0000000030 nodigits:35
      NombrePuertoSalida 0000000030 text:40
      NombrePuertoDesembarque 0000000030 text:40
      PesoBruto 3333003330 amount
      PesoNeto 3333003330 amount
      UnidadPesoBruto 3333003330 unit
      UnidadPesoNeto 3333003330 unit
      CantidadBulto 3333003330 amount
      UnidadBulto 3333003330 unit
      VolumenBulto 3333003330 amount+
      UnidadVolumen 3333003330 unit
    Transporte 3333003333
      ViaTransporte 0000000030 code:01,02,03
      PaisOrigen 0000000030 nodigits:60
      DireccionDestino 0000000030 text:100
      PaisDestino 0000000030 nodigits:60
      PaisDestino 0000000003 letters:60
      RNCIdentificacionCompaniaTransportista 0000000030 text:20
      NombreCompaniaTransportista 0000000030 text:150
      NumeroViaje 0000000030 text:20
      Conductor 3333003330 text:20
      DocumentoTransporte 3333003330 digits:20
      Ficha 3333003330 text:10
      Placa 3333003330 text:7
      RutaTransporte 3333003330 text:20
      ZonaTransporte 3333003330 text:20
      NumeroAlbaran 3333003330 text:20
    Totales 1111111111
      MontoGravadoTotal 2222200220 amount
      MontoGravadoI1 2222200200 amount
      MontoGravadoI2 2222200200 amount
      MontoGravadoI3 2222200220 amount
      MontoExento 2222222202 amount
      ITBIS1 2222200200 digits:2
      ITBIS2 2222200200 digits:2
      ITBIS3 2222200220 digits:2
      TotalITBIS 2222200220 amount
      TotalITBIS1 2222200200 amount
      TotalITBIS2 2222200200 amount
      TotalITBIS3 2222200220 amount
      MontoImpuestoAdicional 2222002200 amount+
      ImpuestosAdicionales 2222002200
        ImpuestoAdicional 1111001100 *20
          TipoImpuesto 1113001100 tax
          TasaImpuestoAdicional 1113001100 percent
          MontoImpuestoSelectivoConsumoEspecifico 2222000200 amount+
          MontoImpuestoSelectivoConsumoAdvalorem 2222000200 amount+
          OtrosImpuestosAdicionales 2222001200 amount+
      MontoTotal 1111111111 amount
      MontoNoFacturable 2222002220 signed
      MontoPeriodo 3333333333 signed
      SaldoAnterior 3333333333 signed
      MontoAvancePago 3333333333 amount
      ValorPagar 3333333333 signed
      TotalITBISRetenido 2022200000 amount
      TotalISRRetencion 2022200002 amount
      TotalITBISPercepcion 3033300000 amount
      TotalISRPercepcion 3033300000 amount
    OtraMoneda 2222222222
      TipoMoneda 2222222222 currency
      TipoCambio 2222222222 rate
      MontoGravadoTotalOtraMoneda 3333300330 amount
      MontoGravado1OtraMoneda 3333300300 amount
      MontoGravado2OtraMoneda 3333300300 amount
      MontoGravado3OtraMoneda 3333300330 amount
      MontoExentoOtraMoneda 3333333303 amount
      TotalITBISOtraMoneda 3333300330 amount
      TotalITBIS1OtraMoneda 3333300300 amount
      TotalITBIS2OtraMoneda 3333300300 amount
      TotalITBIS3OtraMoneda 3333300330 amount
      MontoImpuestoAdicionalOtraMoneda 3333003300 amount+
      ImpuestosAdicionalesOtraMoneda 3333003300
        ImpuestoAdicionalOtraMoneda 1111001100 *20
          TipoImpuestoOtraMoneda 1111003300 tax
          TasaImpuestoAdicionalOtraMoneda 1111003300 percent
          MontoImpuestoSelectivoConsumoEspecificoOtraMoneda 3333000300 amount+
          MontoImpuestoSelectivoConsumoAdvaloremOtraMoneda 3333000300 amount+
          OtrosImpuestosAdicionalesOtraMoneda 3333003300 amount+
      MontoTotalOtraMoneda 2222222222 amount
"""
