import { useState } from 'preact/hooks'
import type { IssuerCheck, IssuerKeys, TrustedIssuer } from '../../../../domain/contract/issuers.ts'
import { call } from '../../../api.ts'
import { Dialog, DialogForm } from '../../../components/dialog.tsx'
import { Badge } from '../../../components/feedback.tsx'
import { LinesField } from '../../../components/field.tsx'
import { JsonView } from '../../../components/json.tsx'
import { type Column, Table } from '../../../components/table.tsx'
import { ClientText, Time } from '../../../components/text.tsx'

export function CheckDialog({
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
