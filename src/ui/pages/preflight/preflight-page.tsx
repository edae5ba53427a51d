import { useState } from 'preact/hooks'
import { escapeHidden } from '../../../domain/client-text.ts'
import type { Preflight, PreflightInput } from '../../../domain/contract/preflight.ts'
import type { Rehearsal, RehearsedClient } from '../../../domain/contract/rehearsal.ts'
import { profileTitles } from '../../../profiles/names.ts'
import { type ApiProblem, call } from '../../api.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { FileProblem, Loading } from '../../components/feedback.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { FileNames, FilePicker } from '../../components/file-picker.tsx'
import { exportFileTypes, importDirectory } from '../../import-directory.ts'
import { toApiProblem } from '../../load.ts'
import { type PageProps, pathTo } from '../../router.ts'
import { PreflightResult, PreflightSentence, ResultActions } from './preflight-result.tsx'
import { RehearsalActions, RehearsalResult, RehearsalSentence } from './rehearsal-result.tsx'

type TextFile = PreflightInput['files'][number]

const destinations = {
  empty: 'An empty directory',
  tenant: 'This tenant’s directory',
  export: 'An AWS export',
} as const

const targets = { tenant: 'This tenant, with its switches', ...profileTitles } as const

const clients: Readonly<Record<RehearsedClient['name'], string>> = {
  entra: 'Microsoft Entra ID',
  okta: 'Okta',
  google: 'Google Workspace',
  ssosync: 'ssosync',
  'idp-scim-sync': 'idp-scim-sync',
}

const mappings = {
  default: 'Default mapping of the application',
  aws: 'AWS IAM Identity Center (gallery application)',
  'non-gallery': 'Non-gallery application',
} as const

const scopes = {
  default: 'Assigned ones, if the files have assignments',
  assigned: 'Assigned users and groups only',
  all: 'All users and groups',
} as const

type Result = { readonly preflight: Preflight } | { readonly rehearsal: Rehearsal }

export function PreflightPage({ tenant = '' }: PageProps) {
  const [files, setFiles] = useState<readonly TextFile[]>([])
  const [into, setInto] = useState<keyof typeof destinations>('empty')
  const [exported, setExported] = useState<readonly File[]>([])
  const [imported, setImported] = useState<string>()
  const [target, setTarget] = useState<keyof typeof targets>('tenant')
  const [client, setClient] = useState<keyof typeof clients>('entra')
  const [nameId, setNameId] = useState('')
  const [mapping, setMapping] = useState<keyof typeof mappings>('default')
  const [scope, setScope] = useState<keyof typeof scopes>('default')
  const [busy, setBusy] = useState<string>()
  const [result, setResult] = useState<Result>()
  const [problem, setProblem] = useState<ApiProblem>()
  const mappingFile = files.find(isMapping)
  const directoryFiles = files.filter(file => !isMapping(file))
  const isRehearsal = into !== 'empty'
  const hasMapping = !isRehearsal || client === 'entra'

  const clear = () => {
    setResult(undefined)
    setProblem(undefined)
  }
  const choose = (chosen: readonly TextFile[]) => {
    setFiles(chosen)
    clear()
  }
  const chooseExport = (chosen: readonly File[]) => {
    setExported(chosen)
    setImported(undefined)
    clear()
  }
  const add = async (added: readonly File[]) => {
    const texts = await Promise.all(added.map(async file => ({ name: file.name, text: await file.text() })))
    const names = new Set(texts.map(({ name }) => name))
    choose([...files.filter(({ name }) => !names.has(name)), ...texts])
  }
  const settings = {
    ...(mappingFile ? { mapping: mappingFile.text } : mapping !== 'default' && { mapping }),
    ...(scope !== 'default' && { scope }),
  }
  const preflight = async (): Promise<Result> => {
    const body = { files: directoryFiles, ...settings, ...(target !== 'tenant' && { profile: target }) }
    return { preflight: await call('POST /tenants/:tenant/preflight', { params: { tenant }, body }) }
  }
  const importExport = async (): Promise<string> => {
    setBusy('Importing')
    const id = await importDirectory(exported)
    setImported(id)
    return id
  }
  const rehearse = async (): Promise<Result> => {
    const played = into === 'tenant' ? tenant : (imported ?? (await importExport()))
    setBusy('Rehearsing')
    const body = {
      files: directoryFiles,
      client: { name: client, ...(hasMapping && settings) },
      ...(nameId.trim() !== '' && { nameId: nameId.trim() }),
    }
    return { rehearsal: await call('POST /tenants/:tenant/rehearsal', { params: { tenant: played }, body }) }
  }
  const check = async () => {
    setBusy('Checking')
    clear()
    try {
      setResult(await (isRehearsal ? rehearse() : preflight()))
    } catch (error) {
      setProblem(toApiProblem(error))
    }
    setBusy(undefined)
  }
  if (result)
    return (
      <div class="check-result">
        {'preflight' in result ? (
          <PreflightSentence result={result.preflight} />
        ) : (
          <RehearsalSentence result={result.rehearsal} />
        )}
        <p class="muted">
          {escapeHidden(files.map(({ name }) => name).join(', '))},{' '}
          {'preflight' in result
            ? `checked against the rules of ${profileTitles[result.preflight.profile]}`
            : `rehearsed as ${clients[client]}`}
        </p>
        <p class="actions no-print">
          <button type="button" onClick={clear}>
            Change or choose another export
          </button>
          {'preflight' in result ? (
            <ResultActions result={result.preflight} />
          ) : (
            <RehearsalActions result={result.rehearsal} />
          )}
          <button type="button" class="plain" onClick={() => print()}>
            Print
          </button>
        </p>
        {'preflight' in result ? (
          <PreflightResult result={result.preflight} />
        ) : (
          <RehearsalResult result={result.rehearsal} />
        )}
      </div>
    )
  return (
    <>
      <div>
        <p class="muted">
          The users and groups that Entra ID would send, checked before it does; or who would lose access to
          AWS after a change of the identity provider. No directory is changed, and no file is stored.
        </p>
        <div class="grid">
          <SelectField label="Provision into" value={into} options={destinations} onChange={setInto} />
          {isRehearsal ? (
            <SelectField label="Client" value={client} options={clients} onChange={setClient} />
          ) : (
            <SelectField label="Service provider" value={target} options={targets} onChange={setTarget} />
          )}
        </div>
        {into === 'export' && (
          <>
            <FilePicker
              label="Drop an AWS export here or choose its archive"
              accept={exportFileTypes}
              multiple
              folder="Or choose its folder:"
              onFiles={chooseExport}
            >
              What the AWS CLI printed, as a zip, tar or tar.gz file. It is imported as a read-only tenant,
              which contains personal data until you delete it.
            </FilePicker>
            <FileNames files={exported} />
            {imported !== undefined && (
              <p>
                Imported as <a href={pathTo('tenant', { tenant: imported })}>{imported}</a>
              </p>
            )}
          </>
        )}
        <FilePicker label="Drop users, groups and a mapping here or choose files" multiple onFiles={add}>
          {client === 'entra' || !isRehearsal ? (
            <>
              JSON of Microsoft Graph’s <code>/users</code>, <code>/groups</code> and members, the CSV files
              from <em>Download users</em> and <em>Download groups</em> in the Microsoft Entra admin center,
              and your mapping: the provisioning schema (Attribute mapping, Review your schema here, Download)
              or a mapping file.
            </>
          ) : (
            <>
              The files that <code>scimulator {client === 'okta' ? 'okta' : 'google'}</code> reads:{' '}
              <code>users.json</code>, <code>groups.json</code> and members, as the API of{' '}
              {clientSource(client)} returns them.
            </>
          )}
        </FilePicker>
        <FileList files={files} onClear={() => choose([])} />
        <div class="grid">
          {hasMapping && !mappingFile && (
            <SelectField label="Mapping" value={mapping} options={mappings} onChange={setMapping} />
          )}
          {hasMapping && <SelectField label="Scope" value={scope} options={scopes} onChange={setScope} />}
          {isRehearsal && (
            <TextField
              label="SAML NameID"
              description="An attribute such as mail. Blank: the source of userName."
              value={nameId}
              onChange={setNameId}
            />
          )}
        </div>
        <p class="actions spaced">
          <ActionButton
            tone="primary"
            disabled={directoryFiles.length === 0 || (into === 'export' && exported.length === 0)}
            onAction={check}
          >
            {isRehearsal ? 'Rehearse' : 'Check'}
          </ActionButton>
          {!isRehearsal && files.length === 0 && (
            <button type="button" onClick={() => choose(springfield)}>
              Try with Springfield
            </button>
          )}
        </p>
      </div>
      {busy !== undefined && <Loading label={busy} />}
      {problem && <FileProblem problem={problem} />}
    </>
  )
}

const clientSource = (client: RehearsedClient['name']) => (client === 'okta' ? 'Okta' : 'Google Workspace')

const FileList = ({
  files,
  onClear,
}: {
  readonly files: readonly TextFile[]
  readonly onClear: () => void
}) =>
  files.length === 0 ? null : (
    <p>
      Files:{' '}
      {escapeHidden(files.map(file => (isMapping(file) ? `${file.name} (mapping)` : file.name)).join(', '))}{' '}
      <button type="button" onClick={onClear}>
        Remove all
      </button>
    </p>
  )

/** Three of its people have what AWS rejects. */
const springfield: readonly TextFile[] = [
  {
    name: 'springfield-users.csv',
    text: `id,userPrincipalName,displayName,givenName,surname,mail,jobTitle,accountEnabled
1,homer.simpson@springfield.example,Homer Simpson,Homer,Simpson,homer.simpson@springfield.example,Safety inspector,True
2,marge.simpson@springfield.example,Marge Simpson,Marge,Simpson,marge.simpson@springfield.example,,True
3,lisa.simpson@springfield.example,Lisa\u200b Simpson,Lisa,Simpson,lisa.simpson@springfield.example,,True
4,krusty@springfield.example,Krusty,Krusty,,krusty@springfield.example,Clown,True
5,apu@springfield.example,Apu,Apu,,apu@springfield.example,Shopkeeper,True
6,ned.flanders@springfield.example,Ned Flanders,Ned,Flanders,ned.flanders@springfield.example,,True
`,
  },
  {
    name: 'springfield-groups.json',
    text: JSON.stringify({
      value: [{ id: '7', displayName: 'Power Plant', members: [{ id: '1' }, { id: '4' }] }],
    }),
  },
]

/** A mapping file has lists of attributes for users; no file of a directory has an object there. */
const isMapping = ({ text }: TextFile): boolean =>
  /^\ufeff?\s*\{\s*"(users|groups)"\s*:\s*\{/.test(text) || text.includes('"synchronizationRules"')
