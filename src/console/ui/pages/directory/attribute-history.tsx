import type { Json } from '../../answers.ts'
import { apiPath } from '../../api.ts'
import { Loading, ProblemBox, Time, visible } from '../../components/basics.tsx'
import { valueWords } from '../../components/json.tsx'
import { useLoad } from '../../load.ts'
import { pathTo } from '../../router.ts'
import type { Shown } from './shown.ts'

type Attributes = {
  readonly items: readonly {
    readonly path: string
    readonly values: readonly {
      readonly at: string
      readonly version: number
      readonly value?: Json
      readonly exchange?: string
    }[]
  }[]
}

/** Each attribute with all the values it ever had. */
export function AttributeHistory({ shown: { tenant, list, id } }: { readonly shown: Shown }) {
  const loaded = useLoad<Attributes>(apiPath(['tenants', tenant, list, id, 'attributes']))
  const problem = loaded.problem.value
  const attributes = loaded.value.value?.items
  if (problem) return <ProblemBox problem={problem} />
  if (!attributes) return <Loading />
  return (
    <dl class="attributes card">
      {attributes.map(({ path, values }) => (
        <div key={path}>
          <dt>
            <code>{visible(path)}</code>
          </dt>
          {values.map(({ at, version, value, exchange }) => (
            <dd key={version}>
              <code class="foreign">{value === undefined ? '(none)' : valueWords(value)}</code>{' '}
              <span class="muted">
                since <Time at={at} />,{' '}
                {exchange === undefined ? (
                  `version ${version}`
                ) : (
                  <a href={pathTo('exchange', { id: exchange })}>version {version}</a>
                )}
              </span>
            </dd>
          ))}
        </div>
      ))}
    </dl>
  )
}
