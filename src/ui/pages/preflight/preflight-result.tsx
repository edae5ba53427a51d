import { escapeHidden, markdownText } from '../../../domain/client-text.ts'
import type {
  Preflight,
  PreflightCause,
  PreflightCounts,
  PreflightFailure,
  PreflightNote,
} from '../../../domain/contract/preflight.ts'
import { formatDuration } from '../../../domain/duration.ts'
import { profileTitles } from '../../../profiles/names.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { copyText } from '../../components/copy.tsx'
import { Badge } from '../../components/feedback.tsx'
import { Fact } from '../../components/layout.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { ClientText, Prose } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { announce } from '../../frame/notice.tsx'

export const PreflightResult = ({ result }: { readonly result: Preflight }) => (
  <>
    <Summary result={result} />
    <p class="actions spaced no-print">
      <ActionButton onAction={() => copy(result)}>Copy as Markdown</ActionButton>
      <button type="button" onClick={() => print()}>
        Print
      </button>
    </p>
    <Table
      caption="Users and groups"
      columns={countColumns}
      items={countRows(result)}
      keyOf={({ type }) => type}
    />
    <Causes result={result} />
    <Notes notes={result.notes} />
    <Cycle result={result} />
    <Warnings warnings={result.warnings} />
  </>
)

async function copy(result: Preflight): Promise<void> {
  if (await copyText(toMarkdown(result))) announce('Copied as Markdown.')
}

export const countFailing = ({ incomplete, rejected, notReached }: PreflightCounts): number =>
  incomplete + rejected + notReached

function Summary({ result: { profile, users, groups, quarantine } }: { readonly result: Preflight }) {
  const failing = countFailing(users) + countFailing(groups)
  return (
    <p class="card" role="status">
      <Badge tone={failing === 0 && !quarantine ? 'good' : 'bad'}>
        {failing === 0 && !quarantine ? 'Ready' : 'Would fail'}
      </Badge>{' '}
      {profileTitles[profile]} would accept {formatCount(users.accepted, 'user')} and{' '}
      {formatCount(groups.accepted, 'group')}; {formatCount(failing, 'object')} would fail.
      {quarantine && <> The job would go into quarantine: {escapeHidden(quarantine.detail)}</>}
    </p>
  )
}

type CountRow = PreflightCounts & { readonly type: string }

const countRows = ({ users, groups }: Preflight): readonly CountRow[] => [
  { type: 'Users', ...users },
  { type: 'Groups', ...groups },
]

const countColumns: readonly Column<CountRow>[] = [
  { name: 'Type', of: ({ type }) => type },
  { name: 'Read', of: ({ read }) => read, numeric: true },
  { name: 'Accepted', of: ({ accepted }) => accepted, numeric: true },
  { name: 'Incomplete', of: ({ incomplete }) => incomplete, numeric: true },
  { name: 'Rejected', of: ({ rejected }) => rejected, numeric: true },
  { name: 'Skipped', of: ({ skipped }) => skipped, numeric: true },
  { name: 'Not reached', of: ({ notReached }) => notReached, numeric: true },
  { name: 'Out of scope', of: ({ outOfScope }) => outOfScope, numeric: true },
]

const Causes = ({ result: { causes, failures } }: { readonly result: Preflight }) =>
  causes.length === 0 ? null : (
    <section aria-label="Failures">
      <h2>Failures</h2>
      {causes.map(cause => (
        <Cause
          key={keyOf(cause)}
          cause={cause}
          failures={failures.filter(one => keyOf(one) === keyOf(cause))}
        />
      ))}
    </section>
  )

export const keyOf = ({
  type,
  step,
  rule,
  attribute,
}: Pick<PreflightCause, 'type' | 'step' | 'rule' | 'attribute'>): string =>
  [type, step, rule, attribute].join(' ')

const maxShown = 200

function Cause({
  cause: { type, rule, attribute, source, description, remedy, count },
  failures,
}: {
  readonly cause: PreflightCause
  readonly failures: readonly PreflightFailure[]
}) {
  const title = `${formatCount(count, type.toLowerCase())}: ${attribute ?? rule}`
  return (
    <article class="card" aria-label={escapeHidden(title)}>
      <h3>
        {escapeHidden(title)} <Badge>{rule}</Badge>
      </h3>
      <p>
        <Prose text={escapeHidden(description)} />
      </p>
      {source !== undefined && (
        <p class="muted">
          Mapped from <code>{escapeHidden(source)}</code>
        </p>
      )}
      <p>
        <strong>How to fix:</strong> {escapeHidden(remedy)}
      </p>
      <details open={failures.length <= 10}>
        <summary>{formatCount(count, type.toLowerCase())}</summary>
        <Table
          caption={`${escapeHidden(title)}: objects`}
          columns={failureColumns}
          items={failures.slice(0, maxShown)}
          keyOf={({ objectId, value, detail }) => [objectId, value, detail].join(' ')}
        />
        {count > maxShown && <p class="muted">First {maxShown} shown; the API and the CLI list more.</p>}
      </details>
    </article>
  )
}

const failureColumns: readonly Column<PreflightFailure>[] = [
  { name: 'Name', of: ({ name, objectId }) => <ClientText text={name || objectId} /> },
  {
    name: 'Value',
    of: ({ value }) => (value === undefined ? <span class="muted">none</span> : <ClientText text={value} />),
  },
  { name: 'Error', of: ({ detail }) => <ClientText text={detail} />, wide: true },
]

const Notes = ({ notes }: { readonly notes: readonly PreflightNote[] }) =>
  notes.length === 0 ? null : (
    <section aria-label="Notes">
      <h2>Notes</h2>
      <Table caption="Notes on the directory" columns={noteColumns} items={notes} keyOf={({ id }) => id} />
    </section>
  )

const noteColumns: readonly Column<PreflightNote>[] = [
  {
    name: 'Note',
    of: ({ severity, title, detail, remedy }) => (
      <>
        <Badge tone={severity === 'note' ? 'plain' : 'warn'}>{severity}</Badge> <strong>{title}</strong>
        <br />
        {escapeHidden(detail)}
        {remedy !== undefined && (
          <>
            <br />
            <strong>How to fix:</strong> {escapeHidden(remedy)}
          </>
        )}
      </>
    ),
  },
  { name: 'Objects', of: ({ count }) => count, numeric: true },
  {
    name: 'Names',
    of: ({ objects, count }) => (
      <ClientText text={`${objects.slice(0, 5).join(', ')}${count > 5 ? ', …' : ''}`} />
    ),
    wide: true,
  },
]

const seconds = (count: number): string => formatDuration(count * 1000)

const Cycle = ({
  result: { cycle, duration, limits, memberships, token },
}: {
  readonly result: Preflight
}) => (
  <section aria-label="First cycle">
    <h2>First cycle</h2>
    <dl class="facts card">
      <Fact name="Requests">
        {formatCount(cycle.requests, 'request')}: {formatCount(cycle.reads, 'read')},{' '}
        {formatCount(cycle.writes, 'write')}
      </Fact>
      <Fact name="Memberships">{memberships.toLocaleString('en')}</Fact>
      <Fact name="Duration">
        {seconds(duration.seconds)} at {duration.requestsPerSecond} requests per second
      </Fact>
      <Fact name="Microsoft’s estimate">
        {seconds(duration.estimate.leastSeconds)} to {seconds(duration.estimate.mostSeconds)}
      </Fact>
      <Fact name="Rate limits">
        {duration.throttle.readsPerSecond} reads and {duration.throttle.writesPerSecond} writes per second:{' '}
        {duration.throttle.exceeded ? 'exceeded' : 'not exceeded'} at this pace
      </Fact>
      {limits.map(({ id, title, value, maximum, exceeded }) => (
        <Fact key={id} name={title}>
          {value.toLocaleString('en')} of at most {maximum.toLocaleString('en')}{' '}
          {exceeded && <Badge tone="bad">exceeded</Badge>}
        </Fact>
      ))}
      {token && (
        <Fact name="Access token">
          expires {token.expires.slice(0, 10)}{' '}
          {token.outlasted && <Badge tone="bad">before the cycle may end</Badge>}
        </Fact>
      )}
    </dl>
  </section>
)

const Warnings = ({ warnings }: { readonly warnings: readonly string[] }) =>
  warnings.length === 0 ? null : (
    <details>
      <summary>{formatCount(warnings.length, 'warning')} about the files</summary>
      <ul>
        {warnings.slice(0, maxShown).map((warning, index) => (
          <li key={index}>
            <ClientText text={warning} />
          </li>
        ))}
      </ul>
    </details>
  )

const maxNamed = 20

function toMarkdown(result: Preflight): string {
  const { profile, mapping, scope, users, groups, causes, failures, notes, cycle, duration, quarantine } =
    result
  const seconds = (count: number) => formatDuration(count * 1000)
  return [
    `# Pre-flight for ${profileTitles[profile]}`,
    `Mapping: ${mapping}. Scope: ${scope}.`,
    [
      '| | read | accepted | incomplete | rejected | skipped | not reached | out of scope |',
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
      row('users', users),
      row('groups', groups),
    ].join('\n'),
    ...causes.map(({ type, step, rule, attribute, description, count, remedy }) => {
      const named = failures
        .filter(
          one => one.type === type && one.step === step && one.rule === rule && one.attribute === attribute,
        )
        .slice(0, maxNamed)
      return [
        `## ${count} × ${type}: ${markdownText(attribute ?? rule)}`,
        `Rule \`${rule}\`: ${markdownText(description)}`,
        `**How to fix:** ${markdownText(remedy)}`,
        named
          .map(
            ({ name, value }) =>
              `- ${markdownText(name)}${value === undefined ? '' : `: ${markdownText(value)}`}`,
          )
          .join('\n'),
      ].join('\n\n')
    }),
    ...(notes.length > 0
      ? [
          [
            '## Notes',
            ...notes.map(({ title, count, detail }) => `- **${title}** (${count}): ${markdownText(detail)}`),
          ].join('\n'),
        ]
      : []),
    [
      '## First cycle',
      `- ${cycle.requests} requests: ${cycle.reads} reads, ${cycle.writes} writes`,
      `- ${seconds(duration.seconds)} at ${duration.requestsPerSecond} requests per second; Microsoft estimates ${seconds(duration.estimate.leastSeconds)} to ${seconds(duration.estimate.mostSeconds)}`,
      ...(quarantine ? [`- The job would go into quarantine: ${markdownText(quarantine.detail)}`] : []),
    ].join('\n'),
  ].join('\n\n')
}

const row = (name: string, counts: PreflightCounts): string =>
  `| ${name} | ${counts.read} | ${counts.accepted} | ${counts.incomplete} | ${counts.rejected} | ${counts.skipped} | ${counts.notReached} | ${counts.outOfScope} |`
