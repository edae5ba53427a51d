import { useState } from 'preact/hooks'
import type { IssuedToken, Token } from '../../../contract/tokens.ts'
import { call } from '../../api.ts'
import { ActionButton, Copyable } from '../../components/buttons.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Field } from '../../components/field.tsx'
import { AccessField } from './access-field.tsx'

/** The value of a new token. */
const IssuedSecret = ({
  issued,
  onClose,
}: {
  readonly issued: IssuedToken
  readonly onClose: () => void
}) => (
  <>
    <div class="issued-token">
      <p>Copy the token now. You won’t be able to see it again.</p>
      <Copyable what="the token" text={issued.value} />
    </div>
    <p>
      In Entra, enter it under <em>Provisioning, Admin credentials, Secret Token</em>.
    </p>
    <div class="actions">
      <button type="button" class="primary" onClick={onClose}>
        Done
      </button>
    </div>
  </>
)

/** Generates a token and shows its value once. */
export function NewTokenDialog({
  tenant,
  onClose,
}: {
  readonly tenant: string
  readonly onClose: () => void
}) {
  const [access, setAccess] = useState<'full' | 'read'>('full')
  const [issued, setIssued] = useState<IssuedToken>()
  const generate = async () =>
    setIssued(await call('POST /tenants/:tenant/tokens', { params: { tenant }, body: { access } }))
  return (
    <Dialog title="Generate token" onClose={onClose}>
      {issued ? (
        <IssuedSecret issued={issued} onClose={onClose} />
      ) : (
        <>
          <AccessField value={access} onChange={setAccess} />
          <div class="actions">
            <ActionButton tone="primary" onAction={generate}>
              Generate
            </ActionButton>
            <button type="button" onClick={onClose}>
              Cancel
            </button>
          </div>
        </>
      )}
    </Dialog>
  )
}

const overlaps: Readonly<Record<string, string>> = {
  '1h': '1 hour',
  '24h': '1 day',
  '7d': '7 days',
  '30d': '30 days',
}

/** Generates a second token; the old one stays valid for the overlap, so the client can switch without downtime. */
export function RotateDialog({
  tenant,
  token,
  onClose,
}: {
  readonly tenant: string
  readonly token: Token
  readonly onClose: () => void
}) {
  const [overlap, setOverlap] = useState('24h')
  const [issued, setIssued] = useState<IssuedToken>()
  const rotate = async () =>
    setIssued(
      await call('POST /tenants/:tenant/tokens/:token/rotate', {
        params: { tenant, token: token.id },
        body: { overlap },
      }),
    )
  return (
    <Dialog title={`Rotate token …${token.ending}`} onClose={onClose}>
      {issued ? (
        <IssuedSecret issued={issued} onClose={onClose} />
      ) : (
        <>
          <p>Generates a second token. The old one stays valid for the overlap, then expires.</p>
          <Field label="Overlap">
            {props => (
              <select {...props} value={overlap} onChange={event => setOverlap(event.currentTarget.value)}>
                {Object.entries(overlaps).map(([name, label]) => (
                  <option key={name} value={name}>
                    {label}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <div class="actions">
            <ActionButton tone="primary" onAction={rotate}>
              Rotate
            </ActionButton>
            <button type="button" onClick={onClose}>
              Cancel
            </button>
          </div>
        </>
      )}
    </Dialog>
  )
}
