import { useState } from 'preact/hooks'
import type { IssuedAccessKey } from '../../../contract/access-keys.ts'
import { exportLines } from '../../../contract/environment.ts'
import { call } from '../../api.ts'
import { ActionButton, Copyable } from '../../components/buttons.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { AccessField } from './access-field.tsx'

/** The secret of a new access key. */
const IssuedKey = ({
  issued,
  onClose,
}: {
  readonly issued: IssuedAccessKey
  readonly onClose: () => void
}) => (
  <>
    <div class="issued-token">
      <p>Copy the secret access key now. You won’t be able to see it again.</p>
      <Copyable what="the access key ID" text={issued.id} />
      <Copyable what="the secret access key" text={issued.secret} />
    </div>
    <p>For the AWS CLI and the SDKs:</p>
    <Copyable what="the environment variables" text={exportLines(issued.environment).join('\n')} />
    <div class="actions">
      <button type="button" class="primary" onClick={onClose}>
        Done
      </button>
    </div>
  </>
)

/** Creates an access key and shows its secret once. */
export function NewAccessKeyDialog({
  tenant,
  onClose,
}: {
  readonly tenant: string
  readonly onClose: () => void
}) {
  const [access, setAccess] = useState<'full' | 'read'>('full')
  const [issued, setIssued] = useState<IssuedAccessKey>()
  const create = async () =>
    setIssued(await call('POST /tenants/:tenant/access-keys', { params: { tenant }, body: { access } }))
  return (
    <Dialog title="Create access key" onClose={onClose}>
      {issued ? (
        <IssuedKey issued={issued} onClose={onClose} />
      ) : (
        <>
          <AccessField value={access} onChange={setAccess} />
          <div class="actions">
            <ActionButton tone="primary" onAction={create}>
              Create
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
