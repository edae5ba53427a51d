import { useSignal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import type { IssuerCheck, IssuerKeys, TrustedIssuer } from '../../../../domain/contract/issuers.ts'
import { call } from '../../../api.ts'
import { ConfirmDialog, Dialog, DialogForm } from '../../../components/dialog.tsx'
import { Badge, ProblemBox } from '../../../components/feedback.tsx'
import { LinesField } from '../../../components/field.tsx'
import { JsonView } from '../../../components/json.tsx'
import { Fact } from '../../../components/layout.tsx'
import { May } from '../../../components/may.tsx'
import { type Column, Table } from '../../../components/table.tsx'
import { ClientText, Time } from '../../../components/text.tsx'
import { formatCount } from '../../../format.ts'
import { announce } from '../../../frame/notice.tsx'
import { onLive } from '../../../live.ts'
import { usePages } from '../../../load.ts'
import { EditIssuerDialog, NewIssuerDialog } from './issuer-form.tsx'

type OpenDialog =
  | { readonly kind: 'new' }
  | { readonly kind: 'check' | 'edit' | 'delete'; readonly issuer: TrustedIssuer }

export function Issuers({
  tenant,
  isOffered,
}: {
  readonly tenant: string
  /** Whether the tenant may have them; those of an earlier profile are kept. */
  readonly isOffered: boolean
}) {
  const pages = usePages('GET /tenants/:tenant/issuers', { params: { tenant } })
  const dialog = useSignal<OpenDialog | undefined>(undefined)
  useEffect(() => onLive('changed', pages.reload), [])
  const close = () => {
    dialog.value = undefined
    pages.reload()
  }
  if (!isOffered && pages.items.value.length === 0) return null
  return (
    <section aria-labelledby="issuers">
      <h2 id="issuers">Trusted issuers</h2>
      <p>
        Requests with a JWT of a trusted issuer are accepted: a token of Entra, of Keycloak, or of another
        authorization server that signs its access tokens.
      </p>
      {isOffered && (
        <May need="destroy">
          <div class="actions">
            <button
              type="button"
              onClick={() => {
                dialog.value = { kind: 'new' }
              }}
            >
              Trust an issuer…
            </button>
          </div>
        </May>
      )}
      {pages.problem.value && <ProblemBox problem={pages.problem.value} />}
      <div class="token-cards">
        {pages.items.value.map(issuer => (
          <IssuerCard
            key={issuer.id}
            issuer={issuer}
            onDialog={kind => {
              dialog.value = { kind, issuer }
            }}
          />
        ))}
      </div>
      {dialog.value && <IssuerDialog open={dialog.value} tenant={tenant} onClose={close} />}
    </section>
  )
}

function IssuerDialog({
  open,
  tenant,
  onClose,
}: {
  readonly open: OpenDialog
  readonly tenant: string
  readonly onClose: () => void
}) {
  if (open.kind === 'new') return <NewIssuerDialog tenant={tenant} onClose={onClose} />
  const { issuer } = open
  const remove = async () => {
    await call('DELETE /tenants/:tenant/issuers/:issuer', { params: { tenant, issuer: issuer.id } })
    announce('The issuer is no longer trusted.')
    onClose()
  }
  switch (open.kind) {
    case 'check':
      return <CheckDialog tenant={tenant} issuer={issuer} onClose={onClose} />
    case 'edit':
      return <EditIssuerDialog tenant={tenant} issuer={issuer} onClose={onClose} />
    case 'delete':
      return (
        <ConfirmDialog title="Remove trusted issuer?" label="Remove" onConfirm={remove} onClose={onClose}>
          Requests with tokens of <ClientText text={issuer.name} /> will get 401.
        </ConfirmDialog>
      )
  }
}

const IssuerCard = ({
  issuer,
  onDialog,
}: {
  readonly issuer: TrustedIssuer
  readonly onDialog: (kind: 'check' | 'edit' | 'delete') => void
}) => (
  <section class="card" aria-label={`Trusted issuer ${issuer.name}`}>
    <h3>
      <ClientText text={issuer.name} /> {issuer.kind === 'entra' && <Badge>Entra</Badge>}{' '}
      {issuer.access === 'read' && <Badge>read-only</Badge>}{' '}
      {issuer.standIn && <Badge tone="warn">keys of a stand-in</Badge>}{' '}
      {!issuer.inForce && <Badge tone="warn">not in force under aws</Badge>}
    </h3>
    {issuer.warning !== undefined && <p class="caution">{issuer.warning}</p>}
    <dl class="facts">
      <List name="Issuer" texts={issuer.issuers} />
      <List name="Audience" texts={issuer.audiences} />
      <List name="Clients" texts={issuer.clients} />
      <List name="Subjects" texts={issuer.subjects} />
      {issuer.scopes && <Fact name="Scopes">{formatScopes(issuer.scopes)}</Fact>}
      <Fact name="Keys">
        <KeyState keys={issuer.keySet} />
      </Fact>
    </dl>
    <May need="write">
      <div class="actions">
        <button type="button" onClick={() => onDialog('check')}>
          Check…
        </button>
        <May need="destroy">
          <button type="button" onClick={() => onDialog('edit')}>
            Edit…
          </button>
          <button type="button" class="danger" onClick={() => onDialog('delete')}>
            Remove…
          </button>
        </May>
      </div>
    </May>
  </section>
)

const List = ({
  name,
  texts = [],
}: {
  readonly name: string
  readonly texts?: readonly string[] | undefined
}) =>
  texts.length === 0 ? null : (
    <Fact name={name}>
      {texts.map(text => (
        <div key={text}>
          <ClientText text={text} />
        </div>
      ))}
    </Fact>
  )

const formatScopes = ({ read, write }: NonNullable<TrustedIssuer['scopes']>): string =>
  [read && `read: ${read}`, write && `write: ${write}`].filter(Boolean).join(', ')

const KeyState = ({ keys: { fetched, unreachableSince, reason, keys } }: { readonly keys: IssuerKeys }) => (
  <>
    {fetched === undefined ? (
      'not fetched yet'
    ) : (
      <>
        {formatCount(keys.length, 'key')}, fetched <Time at={fetched} relative />
      </>
    )}
    {unreachableSince !== undefined && (
      <div class="error">
        Not reached since <Time at={unreachableSince} />: {reason}
      </div>
    )}
  </>
)

function CheckDialog({
  tenant,
  issuer,
  onClose,
}: {
  readonly tenant: string
  readonly issuer: TrustedIssuer
  readonly onClose: () => void
}) {
  const [token, setToken] = useState('')
  const [result, setResult] = useState<IssuerCheck>()
  const check = async () => {
    setResult(undefined)
    setResult(
      await call('POST /tenants/:tenant/issuers/:issuer/check', {
        params: { tenant, issuer: issuer.id },
        body: token.trim() === '' ? {} : { token: token.trim() },
      }),
    )
  }
  return (
    <Dialog title={`Check ${issuer.name}`} onClose={onClose}>
      <DialogForm label="Check" cancel="Close" onSubmit={check} onClose={onClose}>
        {() => (
          <>
            <p>Fetches the issuer’s keys now. Keys that it has withdrawn stop working.</p>
            <LinesField
              label="Token (optional)"
              description="Finds out whether a request with this JWT would be accepted. The token is not stored."
              value={token}
              onChange={setToken}
            />
            <div role="status">{result && <CheckResult result={result} />}</div>
          </>
        )}
      </DialogForm>
    </Dialog>
  )
}

type Key = IssuerKeys['keys'][number]

const columns: readonly Column<Key>[] = [
  { name: 'Key ID', of: ({ id }) => (id === undefined ? 'none' : <ClientText text={id} />) },
  { name: 'Algorithm', of: ({ algorithm, type }) => <ClientText text={algorithm ?? type} /> },
  { name: 'First seen', of: ({ firstSeen }) => <Time at={firstSeen} relative /> },
]

const CheckResult = ({ result: { reached, keySet, token } }: { readonly result: IssuerCheck }) => (
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
      <Table
        caption="Keys"
        columns={columns}
        items={keySet.keys}
        keyOf={({ id, firstSeen }) => `${id} ${firstSeen}`}
      />
    )}
  </>
)
