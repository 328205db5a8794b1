"""Elements of the four documents beside the e-CF: one column of presence.

Columns as ``table`` explains them.
"""

RFCE = """
RFCE 1
  Encabezado 1
    Version 1 code:1.0
    IdDoc 1
      TipoeCF 1 int:32
      eNCF 1 encf
      TipoIngresos 1 code:01,02,03,04,05,06
      TipoPago 1 int:1,2,3
      TablaFormasPago 3
        FormaDePago 3 *7
          FormaPago 3 int:1,2,3,4,5,6,7,8
          MontoPago 3 amount2
    Emisor 1
      RNCEmisor 1 rnc
      RazonSocialEmisor 1 text:150
      FechaEmision 1 date
    Comprador 1
      RNCComprador 2 rnc
      IdentificadorExtranjero 2 text:20
      RazonSocialComprador 2 text:150
    Totales 1
      MontoGravadoTotal 2 amount2
      MontoGravadoI1 2 amount2
      MontoGravadoI2 2 amount2
      MontoGravadoI3 2 amount2
      MontoExento 2 amount2
      TotalITBIS 2 amount2
      TotalITBIS1 2 amount2
      TotalITBIS2 2 amount2
      TotalITBIS3 2 amount2
      MontoImpuestoAdicional 2 amount2+
      ImpuestosAdicionales 2
        ImpuestoAdicional 3 *20
          TipoImpuesto 3 tax
          MontoImpuestoSelectivoConsumoEspecifico 2 amount2+
          MontoImpuestoSelectivoConsumoAdvalorem 2 amount2+
          OtrosImpuestosAdicionales 2 amount2+
      MontoTotal 1 amount2
      MontoNoFacturable 2 signed2
      MontoPeriodo 3 signed2
    CodigoSeguridadeCF 1 security
"""

ANECF = """
ANECF 1
  Encabezado 1
    Version 1 code:1.0
    RncEmisor 1 rnc
    CantidadeNCFAnulados 1 digits:10
    FechaHoraAnulacioneNCF 1 moment
  DetalleAnulacion 1
    Anulacion 1 *10
      NoLinea 1 digits:2
      TipoeCF 1 int:31,32,33,34,41,43,44,45,46,47
      TablaRangoSecuenciasAnuladaseNCF 1
        Secuencias 1 *10000
          SecuenciaeNCFDesde 1 encf
          SecuenciaeNCFHasta 1 encf
      CantidadeNCFAnulados 1 digits:10
"""

ARECF = """
ARECF 1
  DetalleAcusedeRecibo 1
    Version 1 code:1.0
    RNCEmisor 1 rnc
    RNCComprador 1 rnc
    eNCF 1 encf
    Estado 1 int:0,1
    CodigoMotivoNoRecibido 2 int:1,2,3,4
    FechaHoraAcuseRecibo 1 moment
"""

ACECF = """
ACECF 1
  DetalleAprobacionComercial 1
    Version 1 code:1.0
    RNCEmisor 1 rnc
    eNCF 1 encf
    FechaEmision 1 date
    MontoTotal 1 exact
    RNCComprador 1 rnc
    Estado 1 int:1,2
    DetalleMotivoRechazo 2 text:250
    FechaHoraAprobacionComercial 1 moment
"""
