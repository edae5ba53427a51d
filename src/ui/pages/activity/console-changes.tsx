import type { AuditCaller, AuditEntry, AuditFormat } from '../../../domain/contract/audit.ts'
import { fetchContent } from '../../api.ts'
import { Collection, type Column } from '../../components/collection.tsx'
import { ExportMenu } from '../../components/dropdown.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { formatSpan } from '../../format.ts'
import { usePages } from '../../load.ts'
import { query } from '../../router.ts'
import { statusTone } from '../exchange/facts.tsx'

const formatLabels: Readonly<Record<AuditFormat, string>> = { ndjson: 'NDJSON', csv: 'CSV' }
const fileNames: Readonly<Record<AuditFormat, string>> = { ndjson: 'audit.ndjson', csv: 'audit.csv' }

/** The audit log: changes at the console, refused ones, and sign-ins. */
export function ConsoleChanges() {
  const q = query.value.get('q') || undefined
  const entries = usePages('GET /audit', { query: { q } })
  return (
    <Collection
      noun={['console change', 'console changes']}
      rows={entries}
      columns={columns}
      keyOf={({ id }) => id}
      filter={{ name: 'q', hint: 'who:anna operation:purge tenant:acme status:4xx after:7d' }}
      empty="No console changes yet."
      tools={
        <ExportMenu
          labels={formatLabels}
          fileNames={fileNames}
          fetchFile={format => fetchContent('GET /audit/export', { query: { format, q } })}
        />
      }
    />
  )
}

const operationLabels: Readonly<Record<string, string>> = {
  signIn: 'Sign-in',
  stepUp: 'Sign-in to confirm an action',
  signOut: 'Sign-out',
}

function formatOperation(operation: string): string {
  const words = operation.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
  return operationLabels[operation] ?? words.slice(0, 1).toUpperCase() + words.slice(1)
}

function nameOf(caller: AuditCaller): string {
  switch (caller.kind) {
    case 'open':
      return 'Anyone on this machine'
    case 'unknown':
      return 'Unknown: the sign-in failed'
    case 'token':
      return caller.name
    case 'person':
    case 'identity':
      return caller.name ?? caller.subject
  }
}

const callerKinds: Readonly<Partial<Record<AuditCaller['kind'], string>>> = {
  token: 'console token',
  identity: 'access token',
}

const Who = ({ caller }: Pick<AuditEntry, 'caller'>) => (
  <span title={'issuer' in caller ? `${caller.subject} at ${caller.issuer}` : undefined}>
    <ClientText text={nameOf(caller)} />
    {callerKinds[caller.kind] && <span class="muted">, {callerKinds[caller.kind]}</span>}
  </span>
)

const formatSignIn = ({ authenticationAge, acr }: AuditEntry): string =>
  authenticationAge === undefined
    ? ''
    : `${formatSpan(authenticationAge * 1000)} before${acr === undefined ? '' : ` (${acr})`}`

const formatObjects = ({ objects, objectCount }: AuditEntry): string =>
  `${objects.join(', ')}${objectCount > objects.length ? ` and ${(objectCount - objects.length).toLocaleString('en')} more` : ''}`

const Result = ({ status, problem }: AuditEntry) => (
  <>
    {status === undefined ? (
      <span class="warn">not completed</span>
    ) : (
      <span class={status < 400 ? 'muted' : statusTone(status)}>{status}</span>
    )}
    {problem !== undefined && ` ${problem}`}
  </>
)

const columns: readonly Column<AuditEntry>[] = [
  { name: 'Time', always: true, text: ({ at }) => at, of: ({ at }) => <Time at={at} short /> },
  { name: 'Who', always: true, text: ({ caller }) => nameOf(caller), of: entry => <Who {...entry} /> },
  { name: 'Action', kind: 'name', text: ({ operation }) => formatOperation(operation) },
  { name: 'Tenant', text: ({ tenant }) => tenant },
  {
    name: 'Result',
    kind: 'rest',
    always: true,
    text: ({ status, problem }) => [status ?? 'not completed', problem].filter(Boolean).join(' '),
    of: entry => <Result {...entry} />,
  },
  { name: 'Objects', kind: 'text', text: formatObjects },
  { name: 'Signed in', extra: true, text: formatSignIn },
  { name: 'Address', text: ({ address }) => address },
]
