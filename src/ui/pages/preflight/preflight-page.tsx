import { useState } from 'preact/hooks'
import type { Preflight, PreflightInput } from '../../../domain/contract/preflight.ts'
import { profileTitles } from '../../../profiles/names.ts'
import { type ApiProblem, call } from '../../api.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { FileProblem, Loading } from '../../components/feedback.tsx'
import { SelectField } from '../../components/field.tsx'
import { FilePicker } from '../../components/file-picker.tsx'
import { PageHead } from '../../components/layout.tsx'
import { escapeHidden } from '../../components/text.tsx'
import { toApiProblem } from '../../load.ts'
import type { PageProps } from '../../router.ts'
import { ResultView } from './result.tsx'

type TextFile = PreflightInput['files'][number]

const targets = { tenant: 'This tenant, with its switches', ...profileTitles } as const

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

export function PreflightPage({ tenant = '' }: PageProps) {
  const [files, setFiles] = useState<readonly TextFile[]>([])
  const [target, setTarget] = useState<keyof typeof targets>('tenant')
  const [mapping, setMapping] = useState<keyof typeof mappings>('default')
  const [scope, setScope] = useState<keyof typeof scopes>('default')
  const [busy, setBusy] = useState(false)
  const [result, setResult] = useState<Preflight>()
  const [problem, setProblem] = useState<ApiProblem>()
  const mappingFile = files.find(isMapping)
  const directoryFiles = files.filter(file => !isMapping(file))

  const choose = (chosen: readonly TextFile[]) => {
    setFiles(chosen)
    setResult(undefined)
    setProblem(undefined)
  }
  const add = async (added: readonly File[]) => {
    const texts = await Promise.all(added.map(async file => ({ name: file.name, text: await file.text() })))
    const names = new Set(texts.map(({ name }) => name))
    choose([...files.filter(({ name }) => !names.has(name)), ...texts])
  }
  const check = async () => {
    setBusy(true)
    setResult(undefined)
    setProblem(undefined)
    try {
      setResult(
        await call('POST /tenants/:tenant/preflight', {
          params: { tenant },
          body: {
            files: directoryFiles,
            ...(mappingFile ? { mapping: mappingFile.text } : mapping !== 'default' && { mapping }),
            ...(target !== 'tenant' && { profile: target }),
            ...(scope !== 'default' && { scope }),
          },
        }),
      )
    } catch (error) {
      setProblem(toApiProblem(error))
    }
    setBusy(false)
  }
  return (
    <>
      <PageHead
        title="Pre-flight"
        description="Check users and groups of Entra ID before they are provisioned. Nothing is changed, and the files are not stored."
      />
      <div class="no-print">
        <FilePicker label="Drop users, groups and a mapping here or choose files" multiple onFiles={add}>
          JSON of Microsoft Graph’s <code>/users</code>, <code>/groups</code> and members, the CSV files from{' '}
          <em>Download users</em> and <em>Download groups</em> in the Microsoft Entra admin center, and
          optionally a mapping file.
        </FilePicker>
        <FileList files={files} onClear={() => choose([])} />
        <div class="grid">
          <SelectField label="Service provider" value={target} options={targets} onChange={setTarget} />
          {!mappingFile && (
            <SelectField label="Mapping" value={mapping} options={mappings} onChange={setMapping} />
          )}
          <SelectField label="Scope" value={scope} options={scopes} onChange={setScope} />
        </div>
        <p class="actions spaced">
          <ActionButton tone="primary" disabled={directoryFiles.length === 0} onAction={check}>
            Check
          </ActionButton>
        </p>
      </div>
      {busy && <Loading label="Checking" />}
      {problem && <FileProblem problem={problem} />}
      {result && <ResultView result={result} />}
    </>
  )
}

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

/** A mapping file has lists of attributes for users; no file of a directory has an object there. */
const isMapping = ({ text }: TextFile): boolean => /^\ufeff?\s*\{\s*"(users|groups)"\s*:\s*\{/.test(text)
