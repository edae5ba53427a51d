import { excerpt } from '../../scim/text.ts'
import type { AccessOutcome, ObjectOutcome, Rehearsal } from '../contract/rehearsal.ts'
import { formatDuration, minute } from '../duration.ts'

/** Whether the identity provider lets the person sign in no more: no client could prevent the loss. */
export const isGone = (cause: AccessOutcome['cause']): boolean =>
  cause === 'not-in-source' || cause === 'disabled-in-source'

export type PlanTable = {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly omitted: number
}

export type PlanCheck = {
  readonly text: string
  readonly commands: readonly string[]
  /** What a single command is. */
  readonly what?: string
}

/** A part of the report. Its texts are shortened, and still what clients wrote. */
export type PlanSection = {
  readonly title: string
  readonly lines?: readonly string[]
  readonly checks?: readonly PlanCheck[]
  readonly table?: PlanTable
  /** A page shows it when it is opened. */
  readonly isFolded?: boolean
}

/** Characters of a name or a value. A source may have names of a million. */
export const maxText = 200

const plural = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`
const people = (count: number) => plural(count, 'person', 'people')
const afterSwitch = (minutes: number) =>
  minutes === 0 ? 'at the switch' : `${formatDuration(minutes * minute)} after the switch`

export const causeTexts: Readonly<Record<NonNullable<AccessOutcome['cause']>, string>> = {
  'name-id': 'with another sign-in name',
  recreated: 'with a new user',
  deleted: 'deleted at AWS',
  disabled: 'disabled at AWS',
  membership: 'removed from the group',
  'group-recreated': 'in a group that is created again',
  refused: 'rejected by AWS',
  'not-in-source': 'not in the source',
  'disabled-in-source': 'disabled in the source',
}

/** What a person has to know first. */
export function headlinesOf({ stopped, summary, cycles, client }: Rehearsal): readonly string[] {
  if (stopped !== undefined) return [stopped]
  const {
    provisioned,
    isAccessKnown,
    lose,
    administratorsLose,
    firstLossMinutes,
    causes,
    notInSource,
    disabledInSource,
    gain,
    keptUnknown,
  } = summary
  const administrators = administratorsLose > 0 ? `, ${administratorsLose} with administrator access` : ''
  const first = firstLossMinutes === undefined ? '' : `, the first ${afterSwitch(firstLossMinutes)}`
  const [firstCycle] = cycles
  return [
    provisioned === 0
      ? 'The client provisions no users: the files of the source have no assignments to the application, or no members of its groups.'
      : '',
    lose > 0
      ? `${people(lose)} ${lose === 1 ? 'loses' : 'lose'} access${administrators}${first}.`
      : isAccessKnown
        ? 'No person loses access.'
        : '',
    isAccessKnown
      ? ''
      : `Who ${lose > 0 ? 'else ' : ''}loses access is unknown: the export lacks account assignments, or members of groups that have some.`,
    listed('By cause', causes, cause => causeTexts[cause as keyof typeof causeTexts] ?? cause),
    notInSource === 0
      ? ''
      : `${people(notInSource)} with access at AWS ${notInSource === 1 ? 'is' : 'are'} not in the source.`,
    disabledInSource === 0
      ? ''
      : `${people(disabledInSource)} with access at AWS ${disabledInSource === 1 ? 'is' : 'are'} disabled in the source.`,
    gain === 0 ? '' : `${people(gain)} ${gain === 1 ? 'gains' : 'gain'} access.`,
    keptUnknown === 0
      ? ''
      : `${people(keptUnknown)} ${keptUnknown === 1 ? 'keeps' : 'keep'} access through memberships that the source does not have.`,
    summary.uncertain === 0 ? '' : `The access of ${people(summary.uncertain)} depends on how AWS behaves.`,
    listed('Users', summary.users),
    listed('Groups', summary.groups),
    listed('Memberships', summary.memberships),
    `Assignments without a user or group: ${summary.orphanedBefore} before, ${summary.orphanedAfter} after.`,
    firstCycle === undefined
      ? ''
      : `First cycle of ${client}: ${plural(firstCycle.requests, 'request')}, ${plural(firstCycle.writes, 'write')}, about ${formatDuration(firstCycle.seconds * 1000)}.`,
  ].filter(line => line !== '')
}

function listed(
  title: string,
  counts: Readonly<Record<string, number>>,
  nameOf = (name: string) => name,
): string {
  const given = Object.entries(counts).filter(([, count]) => count > 0)
  return given.length === 0
    ? ''
    : `${title}: ${given.map(([name, count]) => `${count} ${nameOf(name)}`).join(', ')}.`
}

/** The result. Tables have at most `maxRows` rows. */
export function reportOf(rehearsal: Rehearsal, maxRows: number): readonly PlanSection[] {
  const { people: rows, remedies, questions } = rehearsal
  const withOutcome = (outcome: AccessOutcome['outcome']) => rows.filter(row => row.outcome === outcome)
  const lost = withOutcome('lost')
  return [
    { title: 'Result', lines: headlinesOf(rehearsal) },
    {
      title: 'People who lose access',
      table: tableOf(
        lost.filter(({ cause }) => !isGone(cause)),
        lostColumns,
        maxRows,
        rehearsal.peopleOmitted,
      ),
    },
    { title: 'What would prevent it', checks: remedies.map(toCheck) },
    { title: 'People who gain access', table: tableOf(withOutcome('gained'), accessColumns, maxRows) },
    {
      title: 'Access that the source does not know',
      table: tableOf(withOutcome('kept-unknown'), accessColumns, maxRows),
    },
    {
      title: 'People who are not in the source',
      table: tableOf(
        lost.filter(({ cause }) => cause === 'not-in-source'),
        accessColumns,
        maxRows,
      ),
    },
    {
      title: 'People who are disabled in the source',
      table: tableOf(
        lost.filter(({ cause }) => cause === 'disabled-in-source'),
        accessColumns,
        maxRows,
      ),
    },
    { title: 'Open questions', lines: questions.map(question => formatQuestion(question)) },
    {
      title: 'Access that depends on them',
      table: tableOf(withOutcome('uncertain'), accessColumns, maxRows),
    },
    {
      title: 'Users and groups that change',
      table: tableOf(rehearsal.objects, objectColumns, maxRows, rehearsal.objectsOmitted),
    },
    { title: 'What the rehearsal cannot know', lines: rehearsal.unknown },
    { title: 'Notes', lines: rehearsal.notes },
    { title: 'Warnings about the files', lines: shortened(rehearsal.warnings, maxRows) },
  ].filter(hasContent)
}

export const hasContent = ({ lines = [], checks = [], table }: PlanSection) =>
  lines.length + checks.length + (table?.rows.length ?? 0) > 0

export const shortened = (lines: readonly string[], most: number): readonly string[] =>
  lines.length <= most ? lines : [...lines.slice(0, most), `And ${lines.length - most} more.`]

function toCheck({ id, text, commands, ...counts }: Rehearsal['remedies'][number]): PlanCheck {
  const { loseBefore, loseAfter, refusedBefore, refusedAfter } = counts
  const results = [
    loseBefore > 0 &&
      `${people(loseAfter)} ${loseAfter === 1 ? 'loses' : 'lose'} access instead of ${loseBefore}`,
    refusedBefore > 0 && `AWS rejects ${refusedAfter} users and groups instead of ${refusedBefore}`,
  ]
  return { text: `${id}: ${text} With this alone, ${results.filter(Boolean).join(', and ')}.`, commands }
}

const formatQuestion = ({ switch: name, values, lose, text }: Rehearsal['questions'][number]): string => {
  const results = values.map(value => `${people(lose[value] ?? 0)} with ${name}=${value}`)
  return `${text} Access is lost by ${results.join(', ')}.`
}

type PlanColumn<Row> = readonly [name: string, of: (row: Row) => string | undefined]

function tableOf<Row>(
  rows: readonly Row[],
  columns: readonly PlanColumn<Row>[],
  maxRows: number,
  omitted = 0,
): PlanTable {
  const shown = rows.slice(0, maxRows)
  const filled = columns.filter(([, of]) => shown.some(row => of(row)))
  return {
    columns: filled.map(([name]) => name),
    rows: shown.map(row => filled.map(([, of]) => excerpt(of(row) ?? '', maxText))),
    omitted: rows.length - shown.length + omitted,
  }
}

const accessColumns: readonly PlanColumn<AccessOutcome>[] = [
  ['Person', ({ person }) => person],
  ['Account', ({ account, accountName }) => (accountName ? `${accountName} (${account})` : account)],
  ['Permission set', ({ permissionSet }) => permissionSet],
  ['Through', ({ via }) => (via === '' ? 'directly' : via)],
]

const lostColumns: readonly PlanColumn<AccessOutcome>[] = [
  ...accessColumns,
  ['Cause', ({ cause }) => cause && causeTexts[cause]],
  ['When', formatLoss],
  ['Remedy', ({ remedy }) => remedy],
]

function formatLoss({ from = 0, until, sessionsUntil }: AccessOutcome): string {
  const end = until === undefined ? 'for good' : `until ${afterSwitch(until)}`
  return `${afterSwitch(from)}, ${end}${sessionsUntil ? `; open sessions up to ${sessionsUntil}` : ''}`
}

const objectColumns: readonly PlanColumn<ObjectOutcome>[] = [
  ['Outcome', ({ outcome }) => outcome],
  ['Type', ({ type }) => type],
  ['At AWS', ({ aws, awsName }) => awsName ?? aws],
  ['In the source', ({ source, sourceName }) => sourceName ?? source],
  ['Matched by', ({ matchedBy }) => matchedBy],
  ['Changes', formatChanges],
  ['Reason', formatReason],
  ['Remedy', ({ remedy }) => remedy],
]

function formatChanges({ changes = [] }: ObjectOutcome): string {
  return changes
    .map(({ path, before, after }) => `${path}: ${formatValue(before)} → ${formatValue(after)}`)
    .join('; ')
}

const formatValue = (value: unknown) => (value === undefined ? 'none' : excerpt(JSON.stringify(value)))

function formatReason({ reason, requests, uncertain = [] }: ObjectOutcome): string {
  const failed = requests.findLast(({ status }) => status >= 400)
  const response =
    failed && `${failed.method} got ${failed.status}${failed.detail ? `: ${failed.detail}` : ''}`
  const others = uncertain.map(({ switch: name, value, outcome }) => `${outcome} with ${name}=${value}`)
  return [response ?? reason, ...others].filter(Boolean).join('; ')
}

/** What to do before, at and after the switch. */
export function planOf(rehearsal: Rehearsal): readonly PlanSection[] {
  const { client, stopped, summary, cycles, remedies, questions } = rehearsal
  if (stopped !== undefined) return []
  const { users, groups, gain, keptUnknown, orphanedAfter } = summary
  const [firstCycle] = cycles
  const refused = (users.refused ?? 0) + (groups.refused ?? 0)
  const left = (users.left ?? 0) + (groups.left ?? 0)
  const when = (condition: boolean, text: string): readonly string[] => (condition ? [text] : [])
  const checks = (texts: readonly string[]) => texts.map(text => ({ text, commands: [] }))
  return [
    {
      title: 'Before the switch',
      checks: [
        ...remedies.map(toCheck),
        ...checks([
          ...questions.map(({ text }) => text),
          ...when(gain > 0, `Decide whether ${people(gain)} may gain access.`),
          ...when(
            keptUnknown > 0,
            `Remove the memberships at AWS that give ${people(keptUnknown)} access and that the source does not have, or add them to the source.`,
          ),
          'Export the directory of AWS again and keep the export: deleted assignments can only be restored from it.',
          'Rehearse again with this export, the newest export of the source and the final mapping.',
          'Keep one way into the management account that does not use IAM Identity Center.',
        ]),
      ],
    },
    {
      title: 'The switch',
      checks: checks([
        'Stop the provisioning of the old identity provider and delete its access token: two clients undo each other’s changes.',
        `Change the identity provider in IAM Identity Center, and create an access token for ${client}.`,
      ]),
    },
    {
      title: 'First cycle',
      checks: checks([
        firstCycle === undefined
          ? `Start the provisioning of ${client}.`
          : `Start the provisioning of ${client}, and wait for the first cycle: ${plural(firstCycle.requests, 'request')}, about ${formatDuration(firstCycle.seconds * 1000)}.`,
        ...when(
          refused > 0,
          `Expect ${plural(refused, 'user or group', 'users and groups')} that AWS rejects.`,
        ),
        'Let one person of each permission set sign in.',
      ]),
    },
    {
      title: 'Afterwards',
      checks: checks([
        'Export the directory of AWS again, and run scimulator drift, then each night: it reports changes that the client has not made, and members that it does not know.',
        ...when(
          left > 0,
          `Review ${plural(left, 'user or group', 'users and groups')} at AWS that the source does not know.`,
        ),
        ...when(
          orphanedAfter > 0,
          `Delete ${plural(orphanedAfter, 'assignment')} whose user or group no longer exists.`,
        ),
      ]),
    },
  ]
}
