"""OHIF's app as its makers built it: where it is, what it is told, what it shows."""

import json
from typing import Any, Final

from tests.support.installation import ROOT

DIST: Final = ROOT / ".tools/ohif"
# The greys that are on the screen: rows of the picture's middle column, coarse enough for any size.
GREYS = """() => {
  const canvas = document.querySelector("canvas.cornerstone-canvas")
  if (!canvas || !canvas.width) return []
  const at = canvas.getContext("2d")
  const x = Math.floor(canvas.width / 2), side = Math.min(canvas.width, canvas.height)
  const top = (canvas.height - side) / 2
  return Array.from({ length: 32 }, (_, n) =>
    at.getImageData(x, Math.floor(top + (n + 0.5) * side / 32), 1, 1).data[0])
}"""


def app_config(root: str) -> str:
    """Its app-config.js: one DICOMweb server at this address."""
    source: dict[str, Any] = {
        "friendlyName": "Hội chẩn",
        "name": "root",
        "qidoRoot": root,
        "wadoRoot": root,
        "wadoUriRoot": root,
        "qidoSupportsIncludeField": True,
        "supportsFuzzyMatching": True,
        "supportsWildcard": True,
        "imageRendering": "wadors",
        "thumbnailRendering": "wadors",
        "enableStudyLazyLoad": True,
        "bulkDataURI": {"enabled": True},
    }
    module = "@ohif/extension-default.dataSourcesModule.dicomweb"
    sources = [{"namespace": module, "sourceName": "dicomweb", "configuration": source}]
    config = {
        "routerBasename": "/",
        "showStudyList": True,
        "extensions": [],
        "modes": [],
        "defaultDataSourceName": "dicomweb",
        "dataSources": sources,
    }
    return f"window.config = {json.dumps(config)}"
