import type { ImportResult } from '../../../domain/contract/aws-import.ts'
import { Collection, type Column, loadedRows } from '../../components/collection.tsx'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { Fact } from '../../components/layout.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { useLoad } from '../../load.ts'

const countLabels: Readonly<Record<keyof ImportResult['counts'], string>> = {
  users: 'Users',
  disabledUsers: 'Disabled users',
  groups: 'Groups',
  memberships: 'Memberships',
  permissionSets: 'Permission sets',
  assignments: 'Account assignments',
  orphanedAssignments: 'Assignments without a user or group',
  accounts: 'Accounts',
  applicationAssignments: 'Application assignments',
  usersWithoutGroups: 'Users without a group',
  groupsWithoutMembers: 'Groups without members',
  groupsWithoutAssignments: 'Groups without assignments',
}

const originLabels: Readonly<Record<keyof ImportResult['origins'], string>> = {
  scim: 'provisioned by SCIM',
  manual: 'created by hand',
  controlTower: 'of AWS Control Tower',
  unknown: 'unknown',
}

type Statement = ImportResult['unknown'][number] | ImportResult['evidence'][number]

/** What was imported from AWS, what the export lacks, and what it shows about the rules of AWS. */
export function ImportResultCard({ tenant }: { readonly tenant: string }) {
  const { value, problem } = useLoad('GET /tenants/:tenant/import', { params: { tenant } })
  if (problem.value) return <ProblemBox problem={problem.value} />
  if (!value.value) return <Loading />
  const { store, instance, account, name, started, finished, complete, ...result } = value.value
  const { counts, origins, issuers, unknown, evidence, notes } = result
  const given = (Object.keys(originLabels) as (keyof typeof originLabels)[]).filter(key => origins[key] > 0)
  return (
    <section class="card">
      <h2>AWS directory</h2>
      <p>These are real users and groups: delete the tenant when you no longer need it.</p>
      <dl class="facts">
        <Fact name="Identity store">{store}</Fact>
        <Fact name="Instance">{instance}</Fact>
        <Fact name="Account">{account}</Fact>
        <Fact name="Export">
          <ClientText text={name} />
          {complete !== true && ' (not confirmed to be complete)'}
        </Fact>
        {started !== undefined && (
          <Fact name="Exported">
            <Time at={started} />
            {finished !== undefined && ' to '}
            {finished !== undefined && <Time at={finished} />}
          </Fact>
        )}
        {Object.entries(countLabels).map(([key, label]) => (
          <Fact key={key} name={label}>
            {counts[key as keyof typeof counts].toLocaleString('en')}
          </Fact>
        ))}
        <Fact name="Origin">{given.map(key => `${origins[key]} ${originLabels[key]}`).join(', ')}</Fact>
        {issuers.map(({ issuer, count }) => (
          <Fact key={issuer} name="External IDs of">
            <ClientText text={issuer} />: {count.toLocaleString('en')}
          </Fact>
        ))}
      </dl>
      <Statements title="Not in the export" items={unknown} columns={unknownColumns} />
      <Statements
        title="What AWS accepts and the profile rejects"
        items={evidence}
        columns={evidenceColumns}
      />
      {notes.length > 0 && (
        <details>
          <summary>Notes ({notes.length})</summary>
          <ul>
            {notes.map(note => (
              <li key={note}>
                <ClientText text={note} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

type StatementsProps = {
  readonly title: string
  readonly items: readonly Statement[]
  readonly columns: readonly Column<Statement>[]
}

const Statements = ({ title, items, columns }: StatementsProps) =>
  items.length === 0 ? null : (
    <Collection
      title={title}
      noun={[title, title]}
      rows={loadedRows(items)}
      columns={columns}
      keyOf={({ id, text }) => `${id} ${text}`}
      empty={null}
    />
  )

const unknownColumns: readonly Column<Statement>[] = [
  {
    name: 'Statement',
    kind: 'rest',
    text: ({ text }) => text,
    of: ({ text }) => <ClientText text={text} />,
  },
  { name: 'Objects', kind: 'number', text: ({ count }) => count || undefined },
]

const evidenceColumns: readonly Column<Statement>[] = [
  ...unknownColumns,
  {
    name: 'Switch',
    always: true,
    text: one => ('value' in one ? `${one.switch}=${one.value}` : undefined),
  },
]
