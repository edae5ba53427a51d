import { useEffect, useRef, useState } from 'preact/hooks'
import type { AttributeUse, MappingUse } from '../../../domain/contract/setup.ts'
import type { ProvisioningClient } from '../../../scim/recognition/products.ts'
import { type ApiProblem, call } from '../../api.ts'
import { Collection, type Column, loadedRows } from '../../components/collection.tsx'
import { FileProblem, ProblemBox } from '../../components/feedback.tsx'
import { FilePicker } from '../../components/file-picker.tsx'
import { ClientText } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { toApiProblem, useLoad } from '../../load.ts'

type Props = {
  readonly tenant: string
  readonly client: ProvisioningClient
  /** What was loaded last: the use is loaded with it. */
  readonly at: unknown
}

/** The attributes of the newest users and groups, compared with Entra's default mapping or with the one of a file. */
export function MappingInUse({ tenant, client, at }: Props) {
  const loaded = useLoad('GET /tenants/:tenant/setup/mapping', { params: { tenant }, query: { client } })
  const [file, setFile] = useState<{ readonly name: string; readonly mapping: string }>()
  const [own, setOwn] = useState<MappingUse>()
  const [problem, setProblem] = useState<ApiProblem>()
  const isFirst = useRef(true)
  useEffect(() => {
    if (!file && !isFirst.current) loaded.reload()
    isFirst.current = false
    if (!file) return
    setProblem(undefined)
    call('POST /tenants/:tenant/setup/mapping', { params: { tenant }, body: { mapping: file.mapping } })
      .then(setOwn)
      .catch(error => {
        setOwn(undefined)
        setProblem(toApiProblem(error))
      })
  }, [file, at])
  const isCompared = client === 'entra'
  const use = file ? own : loaded.value.value
  const rows = use ? [...rowsOf('user', use.users), ...rowsOf('group', use.groups)] : []
  const isDifferent = ({ recommended, sent, of }: Row) => isCompared && of > 0 && (!recommended || sent === 0)
  const different = rows.filter(isDifferent)
  const same = rows.filter(row => !isDifferent(row))
  return (
    <section aria-label="Mapping" class="after">
      <h2>Mapping</h2>
      {isCompared && (
        <FilePicker
          label="Compare the schema that Entra downloads"
          accept=".json,application/json"
          onFiles={async ([chosen]) => {
            if (chosen) setFile({ name: chosen.name, mapping: await chosen.text() })
          }}
        >
          {file ? (
            <>
              Compared with <ClientText text={file.name} />.{' '}
              <button type="button" class="link" onClick={() => setFile(undefined)}>
                Compare Entra’s default
              </button>
            </>
          ) : (
            'Until then, Entra’s default mapping is compared with the newest users and groups.'
          )}
        </FilePicker>
      )}
      {file && problem && <FileProblem problem={problem} />}
      {!file && loaded.problem.value && <ProblemBox problem={loaded.problem.value} />}
      {different.length > 0 && <Attributes name="Differences" rows={different} />}
      {same.length > 0 && (
        <details class="more">
          <summary>
            {formatCount(same.length, 'attribute')}
            {isCompared && same.some(({ of }) => of > 0) && ' sent as mapped'}
          </summary>
          <Attributes name="Attributes" rows={same} />
        </details>
      )}
    </section>
  )
}

type Row = AttributeUse & { readonly type: string; readonly of: number }

const rowsOf = (type: string, { resources, attributes }: MappingUse['users']): readonly Row[] =>
  attributes.map(attribute => ({ ...attribute, type, of: resources }))

const Attributes = ({ name, rows }: { readonly name: string; readonly rows: readonly Row[] }) => (
  <Collection
    noun={['attribute', name]}
    rows={loadedRows(rows)}
    columns={columns}
    keyOf={({ type, target }) => `${type} ${target}`}
    empty={null}
  />
)

const sentText = ({ sent, of, recommended }: Row): string =>
  of === 0 ? '' : sent === 0 ? 'never sent' : `${sent} of ${of}${recommended ? '' : ', not in the mapping'}`

const columns: readonly Column<Row>[] = [
  { name: 'Application attribute', kind: 'rest', code: true, text: ({ target }) => target },
  { name: 'Type', text: ({ type }) => type },
  { name: 'Sent in', always: true, text: sentText, tone: ({ sent }) => sent === 0 && 'disabled' },
  {
    name: 'Microsoft Entra ID attribute',
    kind: 'text',
    text: ({ source }) => source,
    of: ({ source, note }) => (
      <>
        {source && <code>{source}</code>} {note && <span class="muted">{note}</span>}
      </>
    ),
  },
  { name: 'Matching', kind: 'number', text: ({ matching }) => matching },
]
