import { useState } from 'preact/hooks'
import { escapeHidden } from '../../../domain/client-text.ts'
import type { PreflightInput } from '../../../domain/contract/preflight.ts'
import type { RehearsedClient } from '../../../domain/contract/rehearsal.ts'
import { profileTitles } from '../../../profiles/names.ts'
import { call } from '../../api.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { FileProblem, Loading } from '../../components/feedback.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { FileNames, FilePicker } from '../../components/file-picker.tsx'
import { exportFileTypes, importDirectory } from '../../import-directory.ts'
import { useTask } from '../../load.ts'
import { type PageProps, pathTo } from '../../router.ts'
import { type Result, ResultActions, Sections, Sentence } from './result.tsx'

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

/** What is chosen at first; of each kind that has choices, the texts above. */
const first = {
  into: 'empty' as keyof typeof destinations,
  target: 'tenant' as keyof typeof targets,
  client: 'entra' as keyof typeof clients,
  nameId: '',
  mapping: 'default' as keyof typeof mappings,
  scope: 'default' as keyof typeof scopes,
}

export function PreflightPage({ tenant = '' }: PageProps) {
  const [files, setFiles] = useState<readonly TextFile[]>([])
  const [exported, setExported] = useState<readonly File[]>([])
  const [imported, setImported] = useState<string>()
  const [chosen, setChosen] = useState(first)
  const { into, target, client, nameId, mapping, scope } = chosen
  const field = <Name extends keyof typeof first>(name: Name) => ({
    value: chosen[name],
    onChange: (value: (typeof first)[Name]) => setChosen({ ...chosen, [name]: value }),
  })
  const { result, problem, busy, run, clear } = useTask<Result>()
  const mappingFile = files.find(isMapping)
  const directoryFiles = files.filter(file => !isMapping(file))
  const isRehearsal = into !== 'empty'
  const hasMapping = !isRehearsal || client === 'entra'

  const choose = (some: readonly TextFile[]) => {
    setFiles(some)
    clear()
  }
  const chooseExport = (some: readonly File[]) => {
    setExported(some)
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
  const preflight = async () => {
    const body = { files: directoryFiles, ...settings, ...(target !== 'tenant' && { profile: target }) }
    return { preflight: await call('POST /tenants/:tenant/preflight', { params: { tenant }, body }) }
  }
  const importExport = async () => {
    const id = await importDirectory(exported)
    setImported(id)
    return id
  }
  const rehearse = async () => {
    const played = into === 'tenant' ? tenant : (imported ?? (await importExport()))
    const body = {
      files: directoryFiles,
      client: { name: client, ...(hasMapping && settings) },
      ...(nameId.trim() !== '' && { nameId: nameId.trim() }),
    }
    return { rehearsal: await call('POST /tenants/:tenant/rehearsal', { params: { tenant: played }, body }) }
  }
  if (result)
    return (
      <div class="check-result">
        <Sentence result={result} />
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
          <ResultActions result={result} />
          <button type="button" class="plain" onClick={() => print()}>
            Print
          </button>
        </p>
        <Sections result={result} />
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
          <SelectField label="Provision into" options={destinations} {...field('into')} />
          {isRehearsal ? (
            <SelectField label="Client" options={clients} {...field('client')} />
          ) : (
            <SelectField label="Service provider" options={targets} {...field('target')} />
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
            <SelectField label="Mapping" options={mappings} {...field('mapping')} />
          )}
          {hasMapping && <SelectField label="Scope" options={scopes} {...field('scope')} />}
          {isRehearsal && (
            <TextField
              label="SAML NameID"
              description="An attribute such as mail. Blank: the source of userName."
              {...field('nameId')}
            />
          )}
        </div>
        <p class="actions spaced">
          <ActionButton
            tone="primary"
            disabled={directoryFiles.length === 0 || (into === 'export' && exported.length === 0)}
            onAction={() => run(isRehearsal ? rehearse : preflight)}
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
      {busy && <Loading label={isRehearsal ? 'Rehearsing' : 'Checking'} />}
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
