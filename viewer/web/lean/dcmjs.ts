/** Of dcmjs, which reads DICOM files, Cornerstone's drawing needs the loggers only; no file is read in the browser. */

import log from "loglevel"

export { log }
export const constants = {}
export default { log, constants }
