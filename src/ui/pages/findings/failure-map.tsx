import { useState } from 'preact/hooks'
import type { FailureMap } from '../../../domain/contract/findings.ts'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { escapeHidden } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { useLoad } from '../../load.ts'
import { pathTo } from '../../router.ts'

export function FailureMapPanel({ tenant }: { readonly tenant: string }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details class="card" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>Where do failures come from?</summary>
      {isOpen && <LoadedMap tenant={tenant} />}
    </details>
  )
}

function LoadedMap({ tenant }: { readonly tenant: string }) {
  const loaded = useLoad('GET /tenants/:tenant/failure-map', { params: { tenant } })
  const map = loaded.value.value
  const problem = loaded.problem.value
  if (problem) return <ProblemBox problem={problem} />
  if (!map) return <Loading />
  if (map.rows.length === 0) return <p class="muted">No request breaks a rule of AWS.</p>
  return <MapTable map={map} tenant={tenant} />
}

const anyAttribute = '(whole request)'

const nameOf = ({ attribute = anyAttribute }: FailureMap['rows'][number]['cells'][number]) => attribute

function MapTable({
  map: { rows, requests },
  tenant,
}: {
  readonly map: FailureMap
  readonly tenant: string
}) {
  const attributes = [...new Set(rows.flatMap(({ cells }) => cells.map(nameOf)))]
  const most = Math.max(1, ...rows.flatMap(({ cells }) => cells.map(({ count }) => count)))
  return (
    <>
      <p class="muted">
        The newest {formatCount(requests, 'request')} to {tenant} that AWS rejects or would reject, by rule
        and attribute.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable frame must be focusable */}
      <section class="table-frame" tabIndex={0} aria-label="Failures by rule and attribute">
        <table class="heat-map">
          <caption class="visually-hidden">Failures by rule and attribute</caption>
          <thead>
            <tr>
              <th scope="col">Rule</th>
              {attributes.map(name => (
                <th key={name} scope="col" class="numeric">
                  <code title={name}>{escapeHidden(name.replace(/^urn:.*:/, ''))}</code>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ rule, cells }) => (
              <tr key={rule}>
                <th scope="row">
                  <a href={pathTo('activity', {}, { q: `finding:${rule}`, tenant })}>{rule}</a>
                </th>
                {attributes.map(name => {
                  const count = cells.find(cell => nameOf(cell) === name)?.count
                  return (
                    <td
                      key={name}
                      class="numeric"
                      data-heat={count === undefined ? undefined : Math.ceil((count / most) * 4)}
                    >
                      {count?.toLocaleString('en')}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}
