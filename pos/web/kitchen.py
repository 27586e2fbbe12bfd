"""The kitchen's screen at /kitchen; docs/kitchen.md tells what it shows, and what it does without network."""

from pos.web.device import DeviceApp, device_blueprint

blueprint = device_blueprint(DeviceApp("kitchen", "TapPass kitchen", "kitchen_screen", ("kitchen.css",)))
