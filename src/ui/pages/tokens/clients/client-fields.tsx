import type { ErrorAt } from '../../../components/dialog.tsx'
import { bindText, LinesField, TextField } from '../../../components/field.tsx'
import { AccessField } from '../access-field.tsx'
import type { ClientDraft } from './client-draft.ts'

type FieldsProps = {
  readonly draft: ClientDraft
  readonly onChange: (draft: ClientDraft) => void
  readonly errorAt: ErrorAt
}

export const ClientFields = ({ draft, onChange, errorAt }: FieldsProps) => (
  <>
    <TextField
      label="Name"
      description="For people. Blank: the client ID."
      error={errorAt('name')}
      maxLength={100}
      {...bindText(draft, onChange, 'name')}
    />
    <AccessField value={draft.access} onChange={access => onChange({ ...draft, access })} />
    <TextField
      label="Lifetime of access tokens (seconds)"
      description="60 to 86,400. Entra’s gallery accepts 3,600 (1 hour) to 21,600 (6 hours)."
      error={errorAt('tokenLifetime')}
      inputMode="numeric"
      {...bindText(draft, onChange, 'tokenLifetime')}
    />
  </>
)

type AssertionField = 'directory' | 'application' | 'principal' | 'issuer' | 'subject' | 'caller' | 'jwks'

export function AssertionFields({ draft, onChange, errorAt }: FieldsProps) {
  const field = (name: AssertionField, label: string, description?: string) => (
    <TextField
      label={label}
      description={description}
      error={errorAt(`assertion.${name}`)}
      {...bindText(draft, onChange, name)}
    />
  )
  if (draft.method === 'secret') return null
  if (draft.method === 'entra') {
    return (
      <>
        {field('directory', 'Directory (tenant) ID', 'In Entra: Overview, Tenant ID.')}
        {field('application', 'Application ID of the workload', 'Its app registration’s client ID.')}
        {field(
          'principal',
          'Object ID of the provisioning service',
          'The service principal Microsoft.Azure.SyncFabric in your directory: Enterprise applications, all applications.',
        )}
        {draft.jwks !== '' &&
          field('jwks', 'Key set URL', 'A stand-in for Microsoft’s keys, on localhost only.')}
      </>
    )
  }
  return (
    <>
      {field('issuer', 'Issuer', 'Exactly as in the claim iss.')}
      {field('subject', 'Subject', 'Exactly as in the claim sub.')}
      <LinesField
        label="Audiences"
        description="One per line. One of them must be in the claim aud."
        error={errorAt('assertion.audiences')}
        {...bindText(draft, onChange, 'audiences')}
      />
      {field('caller', 'Application (optional)', 'The claim azp or appid. Blank: any.')}
      {field('jwks', 'Key set URL (optional)', 'Blank: found through the issuer’s metadata.')}
    </>
  )
}
