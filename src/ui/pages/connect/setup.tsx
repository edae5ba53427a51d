import type { Setup as SetupState } from '../../../domain/contract/setup.ts'
import { productLabels } from '../../../scim/recognition/products.ts'
import { Fact } from '../../components/layout.tsx'
import { Source, TenantTime } from '../../components/text.tsx'
import { pathTo } from '../../router.ts'
import { Connection } from './connection.tsx'

type Props = { readonly setup: SetupState; readonly tenant: string }

type Step = SetupState['steps'][number]

/** What to do at the identity provider, and beside it what has arrived. */
export function Setup({ setup, tenant }: Props) {
  const { guide, steps, client, endpoint } = setup
  const done = new Set(steps.filter(step => step.done).map(({ id }) => id))
  const isDone = (ids: readonly Step['id'][]) => ids.length > 0 && ids.every(id => done.has(id))
  const next = guide.find(task => task.steps.length > 0 && !isDone(task.steps))
  const told = new Set(guide.flatMap(task => task.steps))
  return (
    <div class="two">
      <ol class="steps" aria-label={`Steps in ${productLabels[client]}`}>
        {guide.map(task => (
          <li key={task.id} class={isDone(task.steps) ? 'done' : task === next ? 'now' : ''}>
            <h2>
              {task.title} {isDone(task.steps) && <span class="visually-hidden">complete</span>}
            </h2>
            {task.steps.includes('token') && <Connection setup={setup} tenant={tenant} />}
            {!isDone(task.steps) && (
              <p>
                {task.text}{' '}
                {task.id === 'mapping' && (
                  <a href={pathTo('findings', {}, { view: 'check', tenant })}>
                    Check the export before the first cycle
                  </a>
                )}
              </p>
            )}
          </li>
        ))}
      </ol>
      <section aria-labelledby="seen">
        <h2 id="seen">
          Seen so far: {done.size} of {steps.length}
        </h2>
        <dl class="seen">
          {steps.map(step => (
            <Seen key={step.id} step={step} isTold={told.has(step.id)} />
          ))}
          {setup.loopback && (
            <Fact name="Reachable from the internet">
              <span class="status-disabled">no, localhost only</span>{' '}
              <a href={pathTo('connect', { tenant }, { view: 'tunnel' })}>Tunnel</a>
            </Fact>
          )}
          {!setup.https && (
            <Fact name="HTTPS">
              <span class="status-disabled">no</span>
            </Fact>
          )}
        </dl>
        {setup.formerly !== undefined && (
          <details class="more">
            <summary>The portal looks different?</summary>
            <p class="muted">{setup.formerly}</p>
          </details>
        )}
        <details class="more">
          <summary>Try without a provider</summary>
          <pre class="code">{`curl ${endpoint.replace(/\/$/, '')}/Users \\\n  -H "Authorization: Bearer $TOKEN"`}</pre>
        </details>
        {setup.pitfalls.length > 0 && (
          <details class="more" open>
            <summary>Known limits of {productLabels[client]} at AWS</summary>
            <ul>
              {setup.pitfalls.map(({ description, source, basis }) => (
                <li key={description}>
                  {description}{' '}
                  <span class="muted">
                    {basis}, <Source text={source} />
                  </span>
                </li>
              ))}
            </ul>
          </details>
        )}
      </section>
    </div>
  )
}

/** A step that the guide doesn't tell has its own hint. */
const Seen = ({
  step: { title, done, at, tenantTime, exchange, hint },
  isTold,
}: {
  readonly step: Step
  readonly isTold: boolean
}) => {
  const time = tenantTime !== undefined && <TenantTime at={at ?? tenantTime} tenantTime={tenantTime} short />
  return (
    <Fact
      name={
        done || isTold ? (
          title
        ) : (
          <details>
            <summary>{title}</summary>
            <p class="muted">{hint}</p>
          </details>
        )
      }
    >
      {!done && <span class="muted">waiting</span>}
      {done && exchange !== undefined && <a href={pathTo('exchange', { id: exchange })}>{time}</a>}
      {done && exchange === undefined && (time || 'yes')}
    </Fact>
  )
}
