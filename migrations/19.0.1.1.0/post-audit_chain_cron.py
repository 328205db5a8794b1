"""The daily check of the chain is the anchors': ``nu.pos.audit.chain`` is no model."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE ir_act_server a
           SET model_id = anchor.id
          FROM ir_model chain, ir_model anchor
         WHERE a.model_id = chain.id AND chain.model = 'nu.pos.audit.chain'
           AND anchor.model = 'nu.pos.audit.anchor'
        """
    )
