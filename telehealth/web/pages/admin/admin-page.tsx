import { facilities, people } from "@app/api/queries"
import type { Person } from "@app/api/types"
import { EmptyState } from "@app/design/empty-state"
import { Page, Panel } from "@app/design/page"
import { byGivenName } from "@app/design/person-select"
import { plainWords } from "@app/design/plain-words"
import { ProblemAlert } from "@app/design/problem-alert"
import { Grid, Skeleton, Stack, Text, TextInput } from "@mantine/core"
import { IconSearch } from "@tabler/icons-react"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { hasRole, useMe } from "../../shell/who"
import classes from "../audit/audit.module.css"
import { GatewaysPanel } from "./gateways"
import { PacsPeersPanel } from "./pacs-peers"

/** The hospitals of the network and the people in them. */
export function AdminPage() {
  const { t } = useTranslation()
  const person = useMe()
  const places = useQuery(facilities)
  const staff = useQuery(people())
  return (
    <Page title={t("nav.admin")} wide>
      <ProblemAlert error={places.error ?? staff.error} onRetry={() => [places.refetch(), staff.refetch()]} />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 5 }} order={2}>
          <Panel title={t("admin.facilities", { count: places.data?.length ?? 0 })}>
            {places.isPending && <Skeleton h={200} />}
            <table className={classes.table}>
              <thead>
                <tr>
                  <th scope="col">{t("admin.name")}</th>
                  <th scope="col">{t("admin.code")}</th>
                  <th scope="col">{t("admin.site_role")}</th>
                </tr>
              </thead>
              <tbody>
                {places.data?.map(place => (
                  <tr key={place.id}>
                    <td>{place.name}</td>
                    <td>{place.code}</td>
                    <td>{t(`site_role.${place.site_role}`)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Panel>
        </Grid.Col>
        {hasRole(person, "sys_admin") && (
          <Grid.Col span={12} order={{ base: 3, lg: 1 }}>
            <Stack gap="lg">
              <PacsPeersPanel places={places.data ?? []} />
              <GatewaysPanel places={places.data ?? []} />
            </Stack>
          </Grid.Col>
        )}
        <Grid.Col span={{ base: 12, lg: 7 }} order={2}>
          <People staff={staff.data ?? []} loading={staff.isPending} />
        </Grid.Col>
      </Grid>
    </Page>
  )
}

function People({ staff, loading }: { staff: Person[]; loading: boolean }) {
  const { t } = useTranslation()
  const [search, setSearch] = useState("")
  const wanted = plainWords(search)
  const found = staff
    .filter(person =>
      plainWords(`${person.full_name} ${person.facility.name} ${person.specialty}`).includes(wanted),
    )
    .sort(byGivenName)
  return (
    <Panel title={t("admin.people", { count: staff.length })}>
      <Stack gap="sm">
        <TextInput
          type="search"
          aria-label={t("admin.search")}
          placeholder={t("admin.search")}
          leftSection={<IconSearch size={18} aria-hidden />}
          value={search}
          onChange={event => setSearch(event.currentTarget.value)}
        />
        {loading && <Skeleton h={240} />}
        {!loading && found.length === 0 && <EmptyState text={t("person.none_found")} />}
        {found.length > 0 && (
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{t("admin.name")}</th>
                <th scope="col">{t("admin.place")}</th>
                <th scope="col">{t("admin.roles")}</th>
              </tr>
            </thead>
            <tbody>
              {found.map(person => (
                <tr key={person.id}>
                  <td>
                    {person.title} {person.full_name}
                    <Text size="sm" c="dimmed">
                      {person.username}
                    </Text>
                  </td>
                  <td>
                    {person.facility.name}
                    <Text size="sm" c="dimmed">
                      {person.specialty}
                    </Text>
                  </td>
                  <td>{person.roles.map(role => t(`role.${role}`)).join(", ")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Stack>
    </Panel>
  )
}
