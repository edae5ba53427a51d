import type { IssuerCheck, IssuerKeys, TrustedIssuer } from '../../../domain/contract/issuers.ts'
import { call } from '../../api.ts'
import { Collection, type Column } from '../../components/collection.tsx'
import { Badge } from '../../components/feedback.tsx'
import { form } from '../../components/form.tsx'
import { JsonView } from '../../components/json.tsx'
import type { Actions } from '../../components/row.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import type { Pages } from '../../load.ts'
import { accessColumn } from './credential.ts'
import { editIssuer, newIssuer } from './issuer-forms.tsx'

type IssuersProps = {
  readonly tenant: string
  readonly pages: Pages<TrustedIssuer>
  /** Whether the tenant may have them; those of an earlier profile are kept. */
  readonly isOffered: boolean
}

export function Issuers({ tenant, pages, isOffered }: IssuersProps) {
  if (!isOffered && pages.items.value.length === 0) return null
  return (
    <Collection
      title="Trusted issuers"
      noun={['trusted issuer', 'trusted issuers']}
      rows={pages}
      columns={columns}
      keyOf={({ id }) => id}
      create={
        isOffered ? { label: 'Trust an issuer', form: () => newIssuer(tenant), need: 'destroy' } : undefined
      }
      actions={actionsFor(tenant)}
      empty="None. Requests with a JWT of a trusted issuer are accepted: Entra, Keycloak, or another authorization server that signs its access tokens."
    />
  )
}

/** Which tokens are accepted. */
const acceptedText = ({
  kind,
  directory,
  issuers,
  audiences,
  clients,
  subjects,
  scopes,
}: TrustedIssuer): string =>
  [
    kind === 'entra' ? `Entra: directory ${directory}` : issuers.join(', '),
    audiences.length > 0 && `audience ${audiences.join(', ')}`,
    clients && `clients ${clients.join(', ')}`,
    subjects && `subjects ${subjects.join(', ')}`,
    scopes?.read && `scope for reading ${scopes.read}`,
    scopes?.write && `scope for writing ${scopes.write}`,
  ]
    .filter(Boolean)
    .join('; ')

const columns: readonly Column<TrustedIssuer>[] = [
  { name: 'Name', kind: 'name', text: ({ name }) => name },
  {
    name: 'Accepted tokens',
    kind: 'rest',
    text: acceptedText,
    warning: ({ standIn, inForce, warning }) =>
      [standIn && 'Keys of a stand-in.', !inForce && 'Not in force under aws.', warning]
        .filter(Boolean)
        .join(' '),
  },
  accessColumn,
  {
    name: 'Keys',
    kind: 'time',
    absent: 'not fetched yet',
    text: ({ keySet }) => keySet.fetched,
    of: ({ keySet }) => <KeyState keys={keySet} />,
  },
]

const KeyState = ({ keys: { fetched, unreachableSince, reason, keys } }: { readonly keys: IssuerKeys }) => (
  <>
    {fetched === undefined ? (
      'not fetched yet'
    ) : (
      <>
        {formatCount(keys.length, 'key')}, fetched <Time at={fetched} short />
      </>
    )}
    {unreachableSince !== undefined && (
      <div class="status-bad">
        Not reached since <Time at={unreachableSince} short />: {reason}
      </div>
    )}
  </>
)

const actionsFor = (tenant: string): Actions<TrustedIssuer> => ({
  Check: { need: 'write', form: issuer => checkIssuer(tenant, issuer) },
  Edit: { form: issuer => editIssuer(tenant, issuer) },
  Remove: {
    asks: ({ id, name }) => ({
      title: 'Remove trusted issuer?',
      text: (
        <>
          Requests with tokens of <ClientText text={name} /> will get 401.
        </>
      ),
      submit: () => call('DELETE /tenants/:tenant/issuers/:issuer', { params: { tenant, issuer: id } }),
      done: 'The issuer is no longer trusted.',
    }),
  },
})

const checkIssuer = (tenant: string, { id, name }: TrustedIssuer) =>
  form<{ readonly token?: string }>({
    title: `Check ${name}`,
    label: 'Check',
    cancel: 'Close',
    text: 'Fetches the issuer’s keys now. Keys that it has withdrawn stop working.',
    fields: field =>
      field('token', {
        label: 'Token (optional)',
        description: 'Finds out whether a request with this JWT would be accepted. The token is not stored.',
        kind: 'area',
      }),
    async submit(body) {
      const params = { tenant, issuer: id }
      return {
        result: (
          <Checked check={await call('POST /tenants/:tenant/issuers/:issuer/check', { params, body })} />
        ),
      }
    },
  })

const Checked = ({ check: { reached, keySet, token } }: { readonly check: IssuerCheck }) => (
  <>
    <p>
      {reached ? <Badge tone="good">reached</Badge> : <Badge tone="bad">not reached</Badge>}{' '}
      {!reached && keySet.reason}
    </p>
    {token && (
      <p>
        {token.accepted ? (
          <Badge tone="good">token accepted</Badge>
        ) : (
          <Badge tone="bad">token rejected</Badge>
        )}{' '}
        {token.detail}
      </p>
    )}
    {token?.jwt && <JsonView value={token.jwt.claims} label="Claims of the token" />}
    {keySet.keys.length > 0 && (
      <ul class="plain-list" aria-label="Keys">
        {keySet.keys.map(key => (
          <li key={`${key.id} ${key.firstSeen}`}>
            Key <ClientText text={key.id ?? 'without ID'} />, <ClientText text={key.algorithm ?? key.type} />,
            first seen <Time at={key.firstSeen} short />
          </li>
        ))}
      </ul>
    )}
  </>
)
