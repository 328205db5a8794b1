from . import controllers, fiscal, models, schemas, wizard
