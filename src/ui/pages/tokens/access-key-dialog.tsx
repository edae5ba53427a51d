import { useState } from 'preact/hooks'
import { exportLines } from '../../../domain/contract/environment.ts'
import { call } from '../../api.ts'
import { Copyable } from '../../components/buttons.tsx'
import { CredentialDialog } from '../../components/credential-dialog.tsx'
import { type Access, AccessField } from './access-field.tsx'

export function NewAccessKeyDialog({
  tenant,
  onClose,
}: {
  readonly tenant: string
  readonly onClose: () => void
}) {
  const [access, setAccess] = useState<Access>('full')
  return (
    <CredentialDialog
      title="Create access key"
      label="Create"
      create={() => call('POST /tenants/:tenant/access-keys', { params: { tenant }, body: { access } })}
      show={({ id, secret, environment }) => ({
        secret: 'secret access key',
        values: { 'Access key ID': id, 'Secret access key': secret },
        hint: (
          <>
            <p>For the AWS CLI and the SDKs:</p>
            <Copyable what="the environment variables" text={exportLines(environment).join('\n')} />
          </>
        ),
      })}
      onClose={onClose}
    >
      {() => <AccessField value={access} onChange={setAccess} />}
    </CredentialDialog>
  )
}
