import { useState } from 'preact/hooks'
import type { IssuedToken, Token } from '../../../domain/contract/tokens.ts'
import { call } from '../../api.ts'
import { CredentialDialog, type ShownCredential } from '../../components/credential-dialog.tsx'
import { SelectField } from '../../components/field.tsx'
import { type Access, AccessField } from './access-field.tsx'

const showToken = ({ value }: IssuedToken): ShownCredential => ({
  secret: 'token',
  values: { Token: value },
  hint: (
    <p>
      In Entra, enter it under <em>Provisioning, Admin credentials, Secret Token</em>.
    </p>
  ),
})

export function NewTokenDialog({
  tenant,
  onClose,
}: {
  readonly tenant: string
  readonly onClose: () => void
}) {
  const [access, setAccess] = useState<Access>('full')
  return (
    <CredentialDialog
      title="Generate token"
      label="Generate"
      create={() => call('POST /tenants/:tenant/tokens', { params: { tenant }, body: { access } })}
      show={showToken}
      onClose={onClose}
    >
      {() => <AccessField value={access} onChange={setAccess} />}
    </CredentialDialog>
  )
}

export const overlaps = {
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
  const [overlap, setOverlap] = useState<keyof typeof overlaps>('24h')
  return (
    <CredentialDialog
      title={`Rotate token …${token.ending}`}
      label="Rotate"
      create={() =>
        call('POST /tenants/:tenant/tokens/:token/rotate', {
          params: { tenant, token: token.id },
          body: { overlap },
        })
      }
      show={showToken}
      onClose={onClose}
    >
      {() => (
        <>
          <p>Generates a second token. The old one stays valid for the overlap, then expires.</p>
          <SelectField label="Overlap" value={overlap} options={overlaps} onChange={setOverlap} />
        </>
      )}
    </CredentialDialog>
  )
}
