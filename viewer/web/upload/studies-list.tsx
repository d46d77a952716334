import { Alert, Button, Group, Stack, Text, VisuallyHidden } from "@mantine/core"
import { IconAlertTriangle, IconEyeOff } from "@tabler/icons-react"
import { useTranslation } from "react-i18next"
import { hasPictures } from "../series-list"
import { isDoubted, type NamesShown, SeriesNames } from "./series-names"
import classes from "./studies-list.module.css"

export type Difference = { field: string; in_image: string | null; in_case: string | null }
export type SeriesShown = NamesShown & {
  series_uid: string
  number: number | null
  description: string
  modality: string
  image_count: number
  state: "receiving" | "ready" | "failed"
  thumbnail_url: string | null
}
export type StudyShown = {
  study_uid: string
  description: string
  modality: string[]
  study_date: string | null
  series: SeriesShown[]
  identity: {
    status: "match" | "mismatch" | "confirmed" | "missing"
    differences: Difference[]
    confirmed_by?: string | null
    confirmed_at?: string | null
  }
}

type Props = {
  studies: StudyShown[]
  showDate: (date: string) => string
  showInstant: (at: string) => string
  onConfirm?: ((study: StudyShown) => void) | undefined
  onRemove?: ((study: StudyShown) => void) | undefined
  /** Looks whether a series shows the patient's name, and says so; takes back what was said. */
  onLook?: ((seriesUid: string) => void) | undefined
  onTakeBack?: ((seriesUid: string) => void) | undefined
}

/** What has arrived, study by study: readable or not yet, and whether the images are this patient's. */
export function StudiesList(props: Props) {
  const { showDate, showInstant, onConfirm, onRemove, onLook, onTakeBack } = props
  const studies = props.studies.map(study => ({ ...study, series: study.series.filter(hasPictures) }))
  const { t } = useTranslation("submission")
  const doubted = studies.flatMap(study => study.series).filter(isDoubted).length
  return (
    <Stack gap="md">
      {onLook && doubted > 0 && (
        <Alert
          color="orange"
          icon={<IconEyeOff aria-hidden />}
          title={t("names.doubted_series", { count: doubted })}
        >
          {t("names.why")}
        </Alert>
      )}
      {studies.map(study => (
        <article key={study.study_uid} className={classes.study}>
          <Group justify="space-between" align="flex-start" wrap="nowrap">
            <div>
              <Text fw={600}>{study.description || t("studies.unnamed")}</Text>
              <Text size="sm" c="dimmed">
                {[study.modality.join(", "), study.study_date && showDate(study.study_date), count(study)]
                  .filter(Boolean)
                  .join(" · ")}
              </Text>
            </div>
            {onRemove && (
              <Button
                size="xs"
                variant="subtle"
                color="gray"
                style={{ flex: "none" }}
                onClick={() => onRemove(study)}
              >
                {t("studies.remove")}
              </Button>
            )}
          </Group>
          <Identity study={study} onConfirm={onConfirm} showInstant={showInstant} />
          <ul className={classes.series}>
            {study.series.map(series => (
              <li key={series.series_uid}>
                {series.thumbnail_url && series.state === "ready" ? (
                  <img src={series.thumbnail_url} alt="" width={72} height={72} loading="lazy" />
                ) : (
                  <span className={classes.noImage} aria-hidden />
                )}
                <span>
                  <Text size="sm" component="span" display="block">
                    {series.description || t("studies.series", { number: series.number ?? "" })}
                  </Text>
                  <Text size="xs" c="dimmed" component="span">
                    {t("studies.images", { count: series.image_count })}
                    {!series.withheld && ` · ${t(`studies.state.${series.state}`)}`}
                  </Text>
                  <SeriesNames
                    series={series}
                    onLook={onLook && series.state === "ready" ? () => onLook(series.series_uid) : undefined}
                    onTakeBack={onTakeBack && (() => onTakeBack(series.series_uid))}
                  />
                </span>
              </li>
            ))}
          </ul>
        </article>
      ))}
    </Stack>
  )

  function count(study: StudyShown): string {
    return t("studies.images", { count: study.series.reduce((sum, series) => sum + series.image_count, 0) })
  }
}

type IdentityProps = Pick<Props, "onConfirm" | "showInstant"> & { study: StudyShown }

function Identity({ study, onConfirm, showInstant }: IdentityProps) {
  const { t } = useTranslation("submission")
  const { status, differences, confirmed_by, confirmed_at } = study.identity
  if (status === "match") return <Text size="sm">{t("identity.match")}</Text>
  if (status === "confirmed") {
    const at = confirmed_at ? showInstant(confirmed_at) : ""
    return <Text size="sm">{t("identity.confirmed", { name: confirmed_by ?? "", at })}</Text>
  }
  return (
    <Alert
      color="red"
      icon={<IconAlertTriangle aria-hidden />}
      title={t(`identity.${status}`)}
      data-testid="identity-mismatch"
      my={6}
    >
      {differences.length > 0 && (
        <table className={classes.differences}>
          <thead>
            <tr>
              <th>
                <VisuallyHidden>{t("identity.field_name")}</VisuallyHidden>
              </th>
              <th>{t("identity.in_image")}</th>
              <th>{t("identity.in_case")}</th>
            </tr>
          </thead>
          <tbody>
            {differences.map(each => (
              <tr key={each.field}>
                <th scope="row">{t(`identity.field.${each.field}`)}</th>
                <td>{shown(each.field, each.in_image)}</td>
                <td>{shown(each.field, each.in_case)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Text size="sm">{t("identity.what_now")}</Text>
      {onConfirm && (
        <Button size="xs" variant="default" mt="xs" onClick={() => onConfirm(study)}>
          {t("identity.confirm")}
        </Button>
      )}
    </Alert>
  )

  function shown(field: string, value: string | null): string {
    if (!value) return t("identity.empty")
    if (field === "sex") return t(`identity.sex.${value}`, { defaultValue: value })
    const date = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(value)
    return field === "birth_date" && date ? `${date[3]}/${date[2]}/${date[1]}` : value
  }
}
