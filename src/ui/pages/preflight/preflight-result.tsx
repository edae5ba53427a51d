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
import { ActionButton, CopyButton } from '../../components/buttons.tsx'
import { Collection, type Column } from '../../components/collection.tsx'
import { copyText } from '../../components/copy.tsx'
import { Fact } from '../../components/layout.tsx'
import { ClientText, Prose } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { announce } from '../../frame/notice.tsx'

/** Rows that are there already. */
export const given = <Item,>(items: readonly Item[]) => ({
  items: { value: items },
  problem: { value: undefined },
  loading: { value: false },
  reload: () => {},
})

export const PreflightResult = ({ result }: { readonly result: Preflight }) => (
  <>
    <Corrections result={result} />
    <InDirectory result={result} />
    <Notes notes={result.notes} />
    <Facts result={result} />
    <Warnings warnings={result.warnings} />
  </>
)

export const ResultActions = ({ result }: { readonly result: Preflight }) => (
  <ActionButton onAction={() => copy(result)}>Copy as Markdown</ActionButton>
)

async function copy(result: Preflight): Promise<void> {
  if (await copyText(toMarkdown(result))) announce('Copied as Markdown.')
}

const countFailing = ({ incomplete, rejected, notReached }: PreflightCounts): number =>
  incomplete + rejected + notReached

/** "1,994 of 2,000 users will be accepted. 6 won’t." */
export function PreflightSentence({ result: { users, groups, quarantine } }: { readonly result: Preflight }) {
  const kinds = [
    ['user', users],
    ['group', groups],
  ] as const
  return (
    <>
      <p class="sentence" role="status">
        {kinds
          .filter(([, { accepted, ...counts }]) => accepted + countFailing({ accepted, ...counts }) > 0)
          .map(([kind, counts]) => (
            <Accepted key={kind} kind={kind} counts={counts} />
          ))}
        {users.accepted + groups.accepted + countFailing(users) + countFailing(groups) === 0 && (
          <span class="warn">Nothing would be provisioned.</span>
        )}
      </p>
      {quarantine && (
        <p>
          <span class="bad">The job would go into quarantine:</span> {escapeHidden(quarantine.detail)}
        </p>
      )}
    </>
  )
}

function Accepted({ kind, counts }: { readonly kind: string; readonly counts: PreflightCounts }) {
  const failing = countFailing(counts)
  const all = counts.accepted + failing
  if (failing === 0)
    return (
      <>{all === 1 ? `The ${kind} will be accepted. ` : `All ${formatCount(all, kind)} will be accepted. `}</>
    )
  return (
    <>
      {counts.accepted.toLocaleString('en')} of {formatCount(all, kind)} will be accepted.{' '}
      <span class="bad">{failing.toLocaleString('en')} won’t.</span>{' '}
    </>
  )
}

const causeKey = ({
  type,
  step,
  rule,
  attribute,
}: Pick<PreflightCause, 'type' | 'step' | 'rule' | 'attribute'>): string =>
  [type, step, rule, attribute].join(' ')

/** How many objects have only failures that a line of the mapping avoids; undefined if not all failures are known. */
function countCorrected({ failures, failuresOmitted }: Preflight): number | undefined {
  if (failuresOmitted > 0) return undefined
  const objects = Map.groupBy(failures, ({ type, objectId }) => `${type} ${objectId}`)
  return [...objects.values()].filter(of => of.every(({ fix }) => fix)).length
}

function Corrections({ result }: { readonly result: Preflight }) {
  const fixed = result.causes.filter(({ fix }) => fix)
  if (fixed.length === 0) return null
  const corrected = countCorrected(result)
  const failing = countFailing(result.users) + countFailing(result.groups)
  return (
    <section aria-label="Corrected mapping">
      <h2>
        Paste this into Entra ID
        {corrected !== undefined &&
          `, and ${corrected === failing ? 'all' : `${corrected.toLocaleString('en')} of the ${failing.toLocaleString('en')}`} will be accepted`}
      </h2>
      <Collection
        noun={['expression', 'expressions']}
        rows={given(fixed)}
        columns={fixColumns}
        keyOf={causeKey}
        empty={null}
      />
      {fixed.map(cause => (
        <Affected key={causeKey(cause)} cause={cause} failures={failuresOf(result, cause)} />
      ))}
    </section>
  )
}

const fixColumns: readonly Column<PreflightCause>[] = [
  {
    name: 'Attribute',
    kind: 'name',
    text: ({ fix }) => fix?.target,
    of: ({ fix }) => <ClientText text={fix?.target ?? ''} />,
  },
  { name: 'Of', text: ({ type }) => `${type}s` },
  {
    name: 'Expression',
    kind: 'rest',
    always: true,
    text: ({ fix }) => fix?.source,
    of: ({ fix }) => (
      <span class="expression">
        <code>{escapeHidden(fix?.source ?? '')}</code>{' '}
        <CopyButton text={fix?.source ?? ''} what={`the expression for ${fix?.target}`} />
      </span>
    ),
  },
  { name: 'Objects', kind: 'number', always: true, text: ({ count }) => count },
]

const InDirectory = ({ result }: { readonly result: Preflight }) => {
  const others = result.causes.filter(({ fix }) => !fix)
  return others.length === 0 ? null : (
    <section aria-label="To correct in the directory">
      <h2>Correct this in the directory</h2>
      {others.map(cause => (
        <Affected key={causeKey(cause)} cause={cause} failures={failuresOf(result, cause)} />
      ))}
    </section>
  )
}

const failuresOf = ({ failures }: Preflight, cause: PreflightCause): readonly PreflightFailure[] =>
  failures.filter(one => causeKey(one) === causeKey(cause))

const maxShown = 200

function Affected({
  cause: { type, rule, attribute, source, description, remedy, count, fix },
  failures,
}: {
  readonly cause: PreflightCause
  readonly failures: readonly PreflightFailure[]
}) {
  const title = `${formatCount(count, type.toLowerCase())}: ${attribute ?? rule}`
  return (
    <details class="finding-row" open={!fix && failures.length <= 10} aria-label={escapeHidden(title)}>
      <summary>
        <span class="what">
          <b>{escapeHidden(title)}</b>
        </span>
        <code class="muted">{rule}</code>
      </summary>
      <div class="opened">
        <p>{escapeHidden(remedy)}</p>
        <Collection
          noun={[type.toLowerCase(), `${type.toLowerCase()}s`]}
          rows={given(failures.slice(0, maxShown))}
          columns={failureColumns}
          keyOf={({ objectId, value, detail }) => [objectId, value, detail].join(' ')}
          empty={null}
        />
        {count > maxShown && <p class="muted">First {maxShown} shown; the API and the CLI list more.</p>}
        <p class="muted">
          The rule: <Prose text={escapeHidden(description)} />
          {source !== undefined && (
            <>
              {' '}
              Mapped from <code>{escapeHidden(source)}</code>.
            </>
          )}
        </p>
      </div>
    </details>
  )
}

const failureColumns: readonly Column<PreflightFailure>[] = [
  {
    name: 'Name',
    kind: 'name',
    text: ({ name, objectId }) => name || objectId,
    of: ({ name, objectId }) => <ClientText text={name || objectId} />,
  },
  {
    name: 'Value',
    kind: 'text',
    always: true,
    text: ({ value }) => value,
    of: ({ value }) => (value === undefined ? <span class="muted">none</span> : <ClientText text={value} />),
  },
  {
    name: 'Error',
    kind: 'rest',
    always: true,
    text: ({ detail }) => detail,
    of: ({ detail }) => (
      <span class="muted">
        <ClientText text={detail} />
      </span>
    ),
  },
]

const Notes = ({ notes }: { readonly notes: readonly PreflightNote[] }) =>
  notes.length === 0 ? null : (
    <Collection
      title="Notes"
      noun={['note', 'notes']}
      rows={given(notes)}
      columns={noteColumns}
      keyOf={({ id }) => id}
      empty={null}
    />
  )

const namesOf = ({ objects, count }: PreflightNote): string =>
  `${objects.slice(0, 5).join(', ')}${count > 5 ? ', …' : ''}`

const noteColumns: readonly Column<PreflightNote>[] = [
  {
    name: 'Note',
    kind: 'rest',
    always: true,
    text: ({ title }) => title,
    of: ({ severity, title, detail, remedy }) => (
      <>
        <b class={severity === 'note' ? '' : 'warn'}>{title}</b> {escapeHidden(detail)}
        {remedy !== undefined && <span class="muted"> {escapeHidden(remedy)}</span>}
      </>
    ),
  },
  {
    name: 'Names',
    kind: 'text',
    text: namesOf,
    of: note => <ClientText text={namesOf(note)} />,
  },
  { name: 'Objects', kind: 'number', always: true, text: ({ count }) => count },
]

const seconds = (count: number): string => formatDuration(count * 1000)

const countLabels: Readonly<Partial<Record<keyof PreflightCounts, string>>> = {
  incomplete: 'incomplete',
  skipped: 'skipped',
  notReached: 'not reached',
  outOfScope: 'out of scope',
}

const Facts = ({
  result: { users, groups, cycle, duration, limits, memberships, token },
}: {
  readonly result: Preflight
}) => (
  <section aria-label="First cycle">
    <h2>First cycle</h2>
    <dl class="facts-line">
      <Fact name="Takes">
        {seconds(duration.seconds)} at {duration.requestsPerSecond} requests per second (Microsoft estimates{' '}
        {seconds(duration.estimate.leastSeconds)} to {seconds(duration.estimate.mostSeconds)})
      </Fact>
      <Fact name="Sends">
        {formatCount(cycle.requests, 'request')}: {formatCount(cycle.reads, 'read')},{' '}
        {formatCount(cycle.writes, 'write')}
      </Fact>
      <Fact name="Memberships">{memberships.toLocaleString('en')}</Fact>
      {Object.entries({ users, groups }).flatMap(([kind, counts]) =>
        Object.entries(countLabels).map(([name, label]) => {
          const count = counts[name as keyof PreflightCounts]
          return count === 0 ? null : (
            <Fact key={`${kind} ${name}`} name={`${kind === 'users' ? 'Users' : 'Groups'} ${label}`}>
              {count.toLocaleString('en')}
            </Fact>
          )
        }),
      )}
      <Fact name="Rate limits">
        {duration.throttle.readsPerSecond} reads and {duration.throttle.writesPerSecond} writes per second,{' '}
        {duration.throttle.exceeded ? <span class="bad">exceeded</span> : 'kept'}
      </Fact>
      {limits.map(({ id, title, value, maximum, exceeded }) => (
        <Fact key={id} name={title}>
          {value.toLocaleString('en')} of at most {maximum.toLocaleString('en')}
          {exceeded && <span class="bad"> exceeded</span>}
        </Fact>
      ))}
      {token && (
        <Fact name="Access token">
          expires {token.expires.slice(0, 10)}
          {token.outlasted && <span class="bad"> before the cycle may end</span>}
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
