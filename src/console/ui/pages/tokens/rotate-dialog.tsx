import { useState } from 'preact/hooks'
import { apiPath, post } from '../../api.ts'
import { ActionButton } from '../../components/basics.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Field } from '../../components/field.tsx'
import { IssuedSecret } from './issued-secret.tsx'
import type { IssuedToken, Token } from './token.ts'

const overlaps: Readonly<Record<string, string>> = {
  '1h': 'an hour',
  '24h': 'a day',
  '7d': 'a week',
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
    setIssued(await post(apiPath(['tenants', tenant, 'tokens', token.id, 'rotate']), { overlap }))
  return (
    <Dialog title={`Rotate token …${token.ending}`} onClose={onClose}>
      {issued ? (
        <IssuedSecret issued={issued} onClose={onClose} />
      ) : (
        <>
          <p>Generates a second token. The old one stays valid for the overlap, then expires.</p>
          <Field label="Overlap">
            {parts => (
              <select {...parts} value={overlap} onChange={event => setOverlap(event.currentTarget.value)}>
                {Object.entries(overlaps).map(([name, words]) => (
                  <option key={name} value={name}>
                    {words}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <div class="actions">
            <ActionButton tone="primary" act={rotate}>
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
