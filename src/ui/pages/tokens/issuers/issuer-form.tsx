import { useState } from 'preact/hooks'
import type { IssuerChange, NewIssuer, TrustedIssuer } from '../../../../domain/contract/issuers.ts'
import { call } from '../../../api.ts'
import { Dialog, DialogForm, type ErrorAt } from '../../../components/dialog.tsx'
import {
  bindText,
  LinesField,
  RadioField,
  SelectField,
  TextField,
  toLines,
} from '../../../components/field.tsx'
import { announce } from '../../../frame/notice.tsx'
import { type Access, AccessField } from '../access-field.tsx'

export function NewIssuerDialog({
  tenant,
  kind = 'oauth',
  onClose,
}: {
  readonly tenant: string
  readonly kind?: Kind
  readonly onClose: () => void
}) {
  const [draft, setDraft] = useState<IssuerDraft>({ ...emptyDraft, kind })
  const trust = async () => {
    const { name } = await call('POST /tenants/:tenant/issuers', {
      params: { tenant },
      body: toNewIssuer(draft),
    })
    announce(`${name} is trusted. Select Check to fetch its keys now.`)
    onClose()
  }
  return (
    <Dialog title="Trust an issuer" onClose={onClose}>
      <DialogForm label="Trust issuer" onSubmit={trust} onClose={onClose}>
        {errorAt => (
          <>
            <RadioField
              label="Issuer of the tokens"
              value={draft.kind}
              options={kinds}
              onChange={chosen => setDraft({ ...draft, kind: chosen })}
            />
            <IdentityFields draft={draft} onChange={setDraft} errorAt={errorAt} />
            <SettingFields draft={draft} onChange={setDraft} errorAt={errorAt} />
          </>
        )}
      </DialogForm>
    </Dialog>
  )
}

export function EditIssuerDialog({
  tenant,
  issuer,
  onClose,
}: {
  readonly tenant: string
  readonly issuer: TrustedIssuer
  readonly onClose: () => void
}) {
  const [draft, setDraft] = useState<IssuerDraft>(() => draftOf(issuer))
  const save = async () => {
    await call('PATCH /tenants/:tenant/issuers/:issuer', {
      params: { tenant, issuer: issuer.id },
      body: toChange(draftOf(issuer), draft),
    })
    announce('Trusted issuer saved.')
    onClose()
  }
  return (
    <Dialog title={`Edit ${issuer.name}`} onClose={onClose}>
      <DialogForm label="Save" onSubmit={save} onClose={onClose}>
        {errorAt => <SettingFields draft={draft} onChange={setDraft} errorAt={errorAt} />}
      </DialogForm>
    </Dialog>
  )
}

type FieldsProps = {
  readonly draft: IssuerDraft
  readonly onChange: (draft: IssuerDraft) => void
  readonly errorAt: ErrorAt
}

/** Whose tokens are accepted; can't be changed later. */
const IdentityFields = ({ draft, onChange, errorAt }: FieldsProps) =>
  draft.kind === 'entra' ? (
    <>
      <p class="caution">
        These tokens are not bound to this endpoint: anyone who can provision another custom application of
        the same directory gets tokens that are valid here, too. Use them for tests; client credentials are
        the safer choice.
      </p>
      <TextField
        label="Directory (tenant) ID"
        description="In Entra: Overview, Tenant ID."
        error={errorAt('directory')}
        placeholder="72f988bf-86f1-41af-91ab-2d7cd011db47"
        {...bindText(draft, onChange, 'directory')}
      />
    </>
  ) : (
    <TextField
      label="Issuer"
      description="Exactly as in the claim iss. Its keys are found through its metadata."
      error={errorAt('issuer')}
      inputMode="url"
      placeholder="https://id.example.com/realms/main"
      {...bindText(draft, onChange, 'issuer')}
    />
  )

const SettingFields = (props: FieldsProps) => {
  const { draft, onChange, errorAt } = props
  return (
    <>
      {draft.kind === 'oauth' && (
        <LinesField
          label="Audiences"
          description="One per line. One of them must be in the claim aud. Blank: the public URL of this tenant’s SCIM endpoint, if the server has --public-url."
          error={errorAt('audiences')}
          {...bindText(draft, onChange, 'audiences')}
        />
      )}
      <TextField
        label="Name"
        description="For people. Blank: the issuer or the directory."
        error={errorAt('name')}
        maxLength={100}
        {...bindText(draft, onChange, 'name')}
      />
      <AccessField value={draft.access} onChange={access => onChange({ ...draft, access })} />
      <details class="more">
        <summary>More settings</summary>
        {draft.kind === 'entra' ? <EntraSettings {...props} /> : <OAuthSettings {...props} />}
      </details>
    </>
  )
}

const EntraSettings = ({ draft, onChange, errorAt }: FieldsProps) => (
  <>
    <SelectField
      label="Cloud"
      value={draft.cloud}
      options={clouds}
      onChange={cloud => onChange({ ...draft, cloud })}
    />
    <TextField
      label="Audience"
      description="The ID of the application template. Blank: that of custom applications."
      error={errorAt('audience')}
      {...bindText(draft, onChange, 'audience')}
    />
    <TextField
      label="Key set URL"
      description="Only for a stand-in of Microsoft’s token service on this machine, such as scimulator entra issuer."
      error={errorAt('jwks')}
      inputMode="url"
      {...bindText(draft, onChange, 'jwks')}
    />
  </>
)

const OAuthSettings = ({ draft, onChange, errorAt }: FieldsProps) => (
  <>
    <LinesField
      label="Clients"
      description="One per line: client_id, azp or appid. Blank: all clients of the issuer."
      error={errorAt('clients')}
      {...bindText(draft, onChange, 'clients')}
    />
    <LinesField
      label="Subjects"
      description="One per line: the claim sub. Blank: all."
      error={errorAt('subjects')}
      {...bindText(draft, onChange, 'subjects')}
    />
    <div class="grid">
      <TextField
        label="Scope or role for reading"
        error={errorAt('scopes')}
        {...bindText(draft, onChange, 'readScope')}
      />
      <TextField label="Scope or role for writing" {...bindText(draft, onChange, 'writeScope')} />
    </div>
    <p class="muted">
      Values in scope, scp or roles. With one of them set, tokens without any are rejected with 403.
    </p>
    <TextField
      label="Key set URL"
      description="Blank: from the issuer’s metadata."
      error={errorAt('jwks')}
      inputMode="url"
      {...bindText(draft, onChange, 'jwks')}
    />
    <LinesField
      label="Signature algorithms"
      description="One per line. Blank: all RS, PS and ES algorithms, and EdDSA."
      error={errorAt('algorithms')}
      {...bindText(draft, onChange, 'algorithms')}
    />
    <label class="check">
      <input
        type="checkbox"
        checked={draft.accessTokensOnly}
        onChange={event => onChange({ ...draft, accessTokensOnly: event.currentTarget.checked })}
      />
      Require the type at+jwt (RFC 9068)
    </label>
  </>
)

const kinds = {
  entra: 'Microsoft Entra ID, with an empty Secret Token',
  oauth: 'Another issuer (Keycloak, Okta, Entra app registrations, …)',
} as const

type Kind = keyof typeof kinds

const clouds = {
  global: 'Global',
  'us-government': 'US Government',
  china: 'China',
} as const

/** Lists have one text in each line. */
type IssuerDraft = {
  readonly kind: Kind
  readonly name: string
  readonly access: Access
  readonly directory: string
  readonly cloud: keyof typeof clouds
  readonly audience: string
  readonly issuer: string
  readonly audiences: string
  readonly jwks: string
  readonly algorithms: string
  readonly clients: string
  readonly subjects: string
  readonly readScope: string
  readonly writeScope: string
  readonly accessTokensOnly: boolean
}

const emptyDraft: IssuerDraft = {
  kind: 'oauth',
  name: '',
  access: 'full',
  directory: '',
  cloud: 'global',
  audience: '',
  issuer: '',
  audiences: '',
  jwks: '',
  algorithms: '',
  clients: '',
  subjects: '',
  readScope: '',
  writeScope: '',
  accessTokensOnly: false,
}

const toText = (texts: readonly string[] = []): string => texts.join('\n')

const draftOf = (issuer: TrustedIssuer): IssuerDraft => ({
  kind: issuer.kind,
  name: issuer.name,
  access: issuer.access,
  directory: issuer.directory ?? '',
  cloud: issuer.cloud ?? 'global',
  audience: issuer.kind === 'entra' ? (issuer.audiences[0] ?? '') : '',
  issuer: issuer.issuers[0] ?? '',
  audiences: issuer.kind === 'oauth' ? toText(issuer.audiences) : '',
  jwks: issuer.jwks ?? '',
  algorithms: toText(issuer.algorithms),
  clients: toText(issuer.clients),
  subjects: toText(issuer.subjects),
  readScope: issuer.scopes?.read ?? '',
  writeScope: issuer.scopes?.write ?? '',
  accessTokensOnly: issuer.accessTokensOnly,
})

const toTextOrNull = (text: string): string | null => text.trim() || null

function toLinesOrNull(text: string): string[] | null {
  const lines = toLines(text)
  return lines.length === 0 ? null : lines
}

function toScopes({ readScope, writeScope }: IssuerDraft): NonNullable<IssuerChange['scopes']> | null {
  const [read, write] = [readScope.trim(), writeScope.trim()]
  return read === '' && write === '' ? null : { ...(read && { read }), ...(write && { write }) }
}

/** Null where a default applies. Invalid values are kept, so that the API reports them. */
const toSettings = (draft: IssuerDraft): IssuerChange => ({
  ...(draft.name.trim() !== '' && { name: draft.name.trim() }),
  access: draft.access,
  jwks: toTextOrNull(draft.jwks),
  ...(draft.kind === 'entra'
    ? { cloud: draft.cloud, audience: toTextOrNull(draft.audience) }
    : {
        audiences: toLinesOrNull(draft.audiences),
        algorithms: toLinesOrNull(draft.algorithms) as IssuerChange['algorithms'],
        clients: toLinesOrNull(draft.clients),
        subjects: toLinesOrNull(draft.subjects),
        scopes: toScopes(draft),
        accessTokensOnly: draft.accessTokensOnly,
      }),
})

/** A default that is shown stays a default. */
function toChange(from: IssuerDraft, to: IssuerDraft): IssuerChange {
  const before = new Map(Object.entries(toSettings(from)))
  const isChanged = ([name, value]: readonly [string, unknown]) =>
    JSON.stringify(value) !== JSON.stringify(before.get(name))
  return Object.fromEntries(Object.entries(toSettings(to)).filter(isChanged))
}

function toNewIssuer(draft: IssuerDraft): NewIssuer {
  const settings = Object.entries(toSettings(draft)).filter(([, value]) => value !== null)
  const identity =
    draft.kind === 'entra'
      ? { kind: draft.kind, directory: draft.directory.trim() }
      : { kind: draft.kind, issuer: draft.issuer.trim() }
  return { ...identity, ...Object.fromEntries(settings) }
}
