import type { components } from "@app/generated/api"
import type { KeepCase, Told } from "@viewer/keep/keeper"
import type * as ours from "./types"

type Sent = components["schemas"]

/** The server describes some closed lists as plain text; here only shapes are compared. */
type Shape<T> = T extends string
  ? string
  : T extends (infer Item)[]
    ? Shape<Item>[]
    : T extends object
      ? { [Key in keyof T]: Shape<T[Key]> }
      : T

/** Does not compile when what the server sends no longer fits what the pages read. */
type Fits<Server extends Ours, Ours> = [Server, Ours]

export type Contract = [
  Fits<Sent["FacilityCard"], Shape<ours.Facility>>,
  Fits<Sent["CaseBrief"], Shape<ours.CaseBrief>>,
  Fits<Sent["CaseOut"], Shape<ours.Case>>,
  Fits<Sent["SessionBrief"], ours.SessionBrief>,
  Fits<Sent["SessionOut"], Shape<ours.Session>>,
  Fits<Sent["CalendarOut"], ours.Calendar>,
  Fits<Sent["SiteLine"], Shape<ours.SiteLine>>,
  Fits<Sent["LiveLine"], ours.LiveLine>,
  Fits<Sent["CaseReadiness"], ours.CaseReadiness>,
  Fits<Sent["KeepCase"], KeepCase>,
  Fits<Told, Sent["Kept"]>,
  Fits<Sent["StudyOut"], ours.Study>,
  Fits<Sent["Outcome"], ours.UploadOutcome>,
  Fits<Sent["Totals"], ours.UploadTotals>,
  Fits<Sent["Reports"], Shape<ours.Reports>>,
  Fits<Sent["ReportOut"], ours.Report>,
  Fits<Sent["DocumentOut"], ours.CaseDocument>,
  Fits<Sent["CasePeer"], ours.CasePeer>,
  Fits<Sent["PacsStudyOut"], ours.PacsStudy>,
  Fits<Sent["PullOut"], ours.Pull>,
  Fits<Sent["Peers"], ours.PacsPeers>,
  Fits<Sent["PeerCheck"], ours.PeerCheck>,
  Fits<Sent["GatewayOut"], ours.Gateway>,
  Fits<Sent["GatewayCode"], ours.GatewayCode>,
  Fits<Sent["MinutesOut"], Shape<ours.Minutes>>,
  Fits<Sent["MinutesOut"]["disposition"], ours.Disposition | "">,
  Fits<Sent["RecordingOut"], Shape<ours.Recording>>,
  Fits<Sent["Delivery"], ours.Delivery>,
  Fits<Sent["AuditItem"], Shape<ours.AuditEvent>>,
]
