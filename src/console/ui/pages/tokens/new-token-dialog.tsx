import { useState } from 'preact/hooks'
import { apiPath, post } from '../../api.ts'
import { ActionButton } from '../../components/basics.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { IssuedSecret } from './issued-secret.tsx'
import type { IssuedToken } from './token.ts'

/** Makes a token, and shows its text this once. */
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
    <Dialog title="Make a token" onClose={onClose}>
      {issued ? (
        <IssuedSecret issued={issued} onClose={onClose} />
      ) : (
        <>
          <fieldset class="choices">
            <legend>What it may do</legend>
            <label>
              <input
                type="radio"
                name="access"
                checked={access === 'full'}
                onChange={() => setAccess('full')}
              />
              provision: read and write
            </label>
            <label>
              <input
                type="radio"
                name="access"
                checked={access === 'read'}
                onChange={() => setAccess('read')}
              />
              only read
            </label>
          </fieldset>
          <div class="actions">
            <ActionButton tone="primary" act={make}>
              Make it
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
