from . import auth, dispatcher, health, hub, legacy, orders, payments
