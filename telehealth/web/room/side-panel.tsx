/** Papers beside the picture: questions, record excerpt, minutes, people, chat. */

import type { Case, Session } from "@app/api/types"
import { Tabs } from "@mantine/core"
import type { MeetingSnapshot } from "@signaling/meeting"
import { useTranslation } from "react-i18next"
import type { Aside, Standing } from "./acts"
import { ChatTab } from "./chat-tab"
import { ExcerptTab } from "./excerpt-tab"
import { MinutesTab } from "./minutes-tab"
import papers from "./papers.module.css"
import { PeopleTab } from "./people-tab"
import { QuestionsTab } from "./questions-tab"
import classes from "./room.module.css"
import type { RoomSnapshot } from "./room-model"
import type { Room } from "./use-room"
import { WithheldCase } from "./withheld-case"

export type TabName = "questions" | "excerpt" | "minutes" | "people" | "chat"
const TABS: readonly TabName[] = ["questions", "excerpt", "minutes", "people", "chat"]

type Props = {
  readonly tab: TabName
  readonly onTab: (tab: TabName) => void
  /** Only the content of the tab, for TV mode. */
  readonly bare: boolean
  readonly session: Session
  readonly shownCase: Case | null
  readonly withheld: Aside | null
  readonly room: Room
  readonly snapshot: RoomSnapshot
  readonly media: MeetingSnapshot
  readonly standing: Standing
}

export function SidePanel(props: Props) {
  const { t } = useTranslation("room")
  const { tab, snapshot, standing } = props
  const { hands, chat } = snapshot.live.state
  const caseId = snapshot.live.state.case_id
  if (props.bare)
    return <div className={classes.panel}>{props.shownCase && <QuestionsTab of={props.shownCase} />}</div>
  return (
    <Tabs
      className={classes.tabs}
      value={tab}
      onChange={next => props.onTab((next as TabName) ?? "questions")}
      keepMounted={false}
    >
      <Tabs.List className={classes.tabList}>
        {TABS.map(name => (
          <Tabs.Tab key={name} value={name}>
            {t(`tabs.${name}`)}
            {name === "people" && hands.length > 0 && ` ✋${hands.length}`}
            {name === "chat" && chat.length > 0 && ` ${chat.length}`}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {/* Long papers scroll: without a mouse, by the keys. */}
      <Tabs.Panel value={tab} className={classes.panel ?? ""} tabIndex={0}>
        {content()}
      </Tabs.Panel>
    </Tabs>
  )

  function content() {
    if (tab === "people")
      return (
        <PeopleTab
          session={props.session}
          room={props.room}
          snapshot={snapshot}
          media={props.media}
          standing={standing}
        />
      )
    if (tab === "chat") return <ChatTab room={props.room} live={snapshot.live} me={standing.me} />
    if (props.withheld) return <WithheldCase aside={props.withheld} className={papers.soft} />
    if (!props.shownCase || props.shownCase.id !== caseId)
      return <p className={papers.soft}>{t("no_case_papers")}</p>
    if (tab === "excerpt") return <ExcerptTab caseId={props.shownCase.id} />
    if (tab === "minutes")
      return (
        <MinutesTab
          key={props.shownCase.id}
          of={props.shownCase}
          me={standing.me}
          mayWrite={props.shownCase.may.write_minutes ?? false}
        />
      )
    return <QuestionsTab of={props.shownCase} />
  }
}
