"""PDFs of invoices that were stored before their e-CF was signed lack the timbre: they
stay as attachments, and Odoo makes the file of the invoice anew."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE ir_attachment a
           SET res_field = NULL, name = 'sin timbre - ' || a.name
          FROM account_move m
          JOIN nu_pos_ecf e ON e.ncf_id = m.nu_ncf_id
         WHERE a.res_model = 'account.move' AND a.res_id = m.id
           AND a.res_field = 'invoice_pdf_report_file'
           AND a.create_date <= e.date_signed
        """
    )
