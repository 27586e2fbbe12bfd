"""The cashiers' tablet at /tablet; docs/tablets.md tells how it sells without network."""

from pos.web.device import DeviceApp, device_blueprint

blueprint = device_blueprint(DeviceApp("tablet", "TapPass", "tablet"))
