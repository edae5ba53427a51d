import { useState } from 'preact/hooks'
import { apiPath, post } from '../../api.ts'
import { ActionButton } from '../../components/basics.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { IssuedSecret } from './issued-secret.tsx'
import type { IssuedToken } from './token.ts'

/** Generates a token and shows its text once. */
export function NewTokenDialog({
  tenant,
  onClose,
}: {
  readonly tenant: string
  readonly onClose: () => void
}) {
  const [access, setAccess] = useState<'full' | 'read'>('full')
  const [issued, setIssued] = useState<IssuedToken>()
  const make = async () => setIssued(await post(apiPath(['tenants', tenant, 'tokens']), { access }))
  return (
    <Dialog title="Generate token" onClose={onClose}>
      {issued ? (
        <IssuedSecret issued={issued} onClose={onClose} />
      ) : (
        <>
          <fieldset class="choices">
            <legend>Access</legend>
            <label>
              <input
                type="radio"
                name="access"
                checked={access === 'full'}
                onChange={() => setAccess('full')}
              />
              read and write
            </label>
            <label>
              <input
                type="radio"
                name="access"
                checked={access === 'read'}
                onChange={() => setAccess('read')}
              />
              read-only
            </label>
          </fieldset>
          <div class="actions">
            <ActionButton tone="primary" act={make}>
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
