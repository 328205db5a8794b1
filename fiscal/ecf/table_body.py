"""Elements of an e-CF after its Encabezado: lines, adjustments, reference.

Columns as ``table`` explains them.
"""

BODY = """
  DetallesItems 1111111111
    Item 1111111111 *1000/10000
      NumeroLinea 1100111111 from1:1000
      NumeroLinea 0011000000 from1:10000
      TablaCodigosItem 3333333333
        CodigosItem 1111111111 *5
          TipoCodigo 1111111111 text:14
          CodigoItem 1111111111 text:35
      IndicadorFacturacion 1111111111 int:0,1,2,3,4
      Retencion 3033100001
        IndicadorAgenteRetencionoPercepcion 3033100001 int:1,2
        MontoITBISRetenido 2022200000 amount
        MontoISRRetenido 2022200001 amount
      NombreItem 1111111111 text:80
      IndicadorBienoServicio 1111111111 int:1,2
      DescripcionItem 3333333333 text:1000
      CantidadItem 1111111111 amount+
      UnidadMedida 3333333333 unit
      CantidadReferencia 3333000300 amount
      UnidadReferencia 3333000300 unit
      TablaSubcantidad 3333000300
        SubcantidadItem 1111000100 *5
          Subcantidad 3333000300 weight
          CodigoSubcantidad 3333000300 unit
      GradosAlcohol 3333000300 percent
      PrecioUnitarioReferencia 3333000300 amount+
      FechaElaboracion 3333303330 date
      FechaVencimientoItem 3333303330 date
      Mineria 0333000030
        PesoNetoKilogramo 0333000030 weight
        PesoNetoMineria 0333000030 weight
        TipoAfiliacion 0333000030 int:1,2
        Liquidacion 0333000030 int:1,2
      PrecioUnitarioItem 1111111111 price
      DescuentoMonto 2222202220 amount
      TablaSubDescuento 2222202220
        SubDescuento 1111101110 *12
          TipoSubDescuento 1111101110 code:$,%
          SubDescuentoPorcentaje 3333303330 percent
          MontoSubDescuento 2222202220 amount
      RecargoMonto 2222202220 amount
      TablaSubRecargo 2222202220
        SubRecargo 1111101110 *12
          TipoSubRecargo 1111101110 code:$,%
          SubRecargoPorcentaje 3333303330 percent
          MontoSubRecargo 2222202220 amount
      TablaImpuestoAdicional 3333003300
        ImpuestoAdicional 1111001100 *2
          TipoImpuesto 1111001100 tax
      OtraMonedaDetalle 3333333333
        PrecioOtraMoneda 3333333333 price
        DescuentoOtraMoneda 3333333333 amount
        RecargoOtraMoneda 3333333333 amount
        MontoItemOtraMoneda 3333333333 amount
      MontoItem 1111111111 amount
  Subtotales 3333333333
    Subtotal 1111111111 *20
      NumeroSubTotal 3333333333 digits:2
      DescripcionSubtotal 3333333333 text:40
      Orden 3333333333 digits:2
      SubTotalMontoGravadoTotal 3333300330 amount
      SubTotalMontoGravadoI1 3333300300 amount
      SubTotalMontoGravadoI2 3333300300 amount
      SubTotalMontoGravadoI3 3333300330 amount
      SubTotaITBIS 3333300330 amount
      SubTotaITBIS1 3333300300 amount
      SubTotaITBIS2 3333300300 amount
      SubTotaITBIS3 3333300330 amount
      SubTotalImpuestoAdicional 3333303300 amount
      SubTotalExento 3333333303 amount
      MontoSubTotal 3333333333 amount
      Lineas 3333333333 digits:2
  DescuentosORecargos 2222202220
    DescuentoORecargo 1111101110 *20
      NumeroLinea 1111101110 digits:2
      TipoAjuste 1111101110 code:D,R
      IndicadorNorma1007 3333000300 int:0,1
      DescripcionDescuentooRecargo 3333303330 text:45
      TipoValor 2222202220 code:$,%
      ValorDescuentooRecargo 2222202220 percent
      MontoDescuentooRecargo 2222202220 amount
      MontoDescuentooRecargoOtraMoneda 3333303330 amount
      IndicadorFacturacionDescuentooRecargo 2222202220 int:1,2,3,4
  Paginacion 2222222222
    Pagina 1111111111 *1000/10000
      PaginaNo 3300333333 from1:1000
      PaginaNo 0033000000 from1:10000
      NoLineaDesde 3300333333 from1:1000
      NoLineaDesde 0033000000 from1:10000
      NoLineaHasta 3300333333 from1:1000
      NoLineaHasta 0033000000 from1:10000
      SubtotalMontoGravadoPagina 3333300330 amount
      SubtotalMontoGravado1Pagina 3333300300 amount
      SubtotalMontoGravado2Pagina 3333300300 amount
      SubtotalMontoGravado3Pagina 3333300330 amount
      SubtotalExentoPagina 3333333303 amount
      SubtotalItbisPagina 3333300330 amount
      SubtotalItbis1Pagina 3333300300 amount
      SubtotalItbis2Pagina 3333300300 amount
      SubtotalItbis3Pagina 3333300330 amount
      SubtotalImpuestoAdicionalPagina 3333003300 amount+
      SubtotalImpuestoAdicional 3333003300
        SubtotalImpuestoSelectivoConsumoEspecificoPagina 3333000300 amount+
        SubtotalOtrosImpuesto 3333003300 amount+
      MontoSubtotalPagina 3333333333 amount
      SubtotalMontoNoFacturablePagina 3333003330 amount
  InformacionReferencia 2211222222
    NCFModificado 2211222222 ncf
    RNCOtroContribuyente 2222222222 rnc
    FechaNCFModificado 2211222222 date
    CodigoModificacion 2211222222 int:1,2,3,4,5
    RazonModificacion 0033000000 text:90
  FechaHoraFirma 1111111111 moment
"""
