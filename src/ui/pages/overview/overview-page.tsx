import { useEffect } from 'preact/hooks'
import { escapeHidden } from '../../../domain/client-text.ts'
import type { Failure, HeadlinePart, Overview } from '../../../domain/contract/overview.ts'
import { describePart, describeTitle, formatWhen, type When } from '../../../domain/headline.ts'
import { Copyable } from '../../components/buttons.tsx'
import { Collection, type Column, loadedRows } from '../../components/collection.tsx'
import { AnalysisBar, Empty, Loading, ProblemBox } from '../../components/feedback.tsx'
import { PageHead } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { focusHeading } from '../../components/on-demand.tsx'
import { RunSample } from '../../components/run-sample.tsx'
import { Prose } from '../../components/text.tsx'
import { formatCount, intlZone } from '../../format.ts'
import { addressOf } from '../../frame/navigation.tsx'
import { pageTitle } from '../../frame/page-title.ts'
import { onLive } from '../../live.ts'
import { type Loaded, useAnalysisRefresh, useLoad } from '../../load.ts'
import { hasNavigated, pathTo } from '../../router.ts'
import { currentTenant, tenants } from '../../state.ts'
import { FilmStrip } from './film-strip.tsx'

export function OverviewPage() {
  const tenant = currentTenant.value
  if (tenant !== undefined) return <TenantOverview tenant={tenant} />
  if (!tenants.value) return <Loading />
  return (
    <>
      <PageHead title="Overview" />
      <Empty title="No tenants yet.">
        <p>
          <a href={pathTo('server')}>Create a tenant</a>
        </p>
      </Empty>
    </>
  )
}

function TenantOverview({ tenant }: { readonly tenant: string }) {
  const overview = useLoad('GET /tenants/:tenant/overview', { params: { tenant } })
  useAnalysisRefresh(overview)
  useEffect(() => reloadOnEvents(tenant, overview), [tenant])
  const loaded = overview.value.value
  const problem = overview.problem.value
  return (
    <>
      {problem && <ProblemBox problem={problem} />}
      {!loaded && !problem && <Loading />}
      {loaded && <Content overview={loaded} />}
    </>
  )
}

type Props = { readonly overview: Overview }

function Content({ overview }: Props) {
  const { cycles, newest, analysis, clock, headline, failures } = overview
  const isWelcome = headline.parts[0]?.kind === 'never-connected'
  return (
    <div class="overview">
      <Sentence overview={overview} />
      {!analysis.current && <AnalysisBar analysis={analysis} />}
      {isWelcome ? (
        <Welcome tenant={overview.tenant} />
      ) : (
        <>
          {cycles.length > 0 && (
            <FilmStrip cycles={cycles} newest={newest} analysis={analysis} now={clock.now} />
          )}
          <Numbers overview={overview} />
          {analysis.current && failures.length > 0 && <Failing overview={overview} />}
        </>
      )}
    </div>
  )
}

/** Milliseconds. */
const reloadInterval = 1000

/** Reloads soon after events about a tenant. A load under way is not replaced: a busy server might never finish one. */
function reloadOnEvents(tenant: string, { reload, loading }: Loaded<Overview>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const request = () => {
    timer ??= setTimeout(() => {
      timer = undefined
      if (loading.peek()) request()
      else reload()
    }, reloadInterval)
  }
  const ifOwn = (event: { readonly tenant?: string | undefined }) => {
    if (event.tenant === undefined || event.tenant === tenant) request()
  }
  const stops = [onLive('cycle', ifOwn), onLive('changed', ifOwn), onLive('restart', request)]
  return () => {
    clearTimeout(timer)
    for (const stop of stops) stop()
  }
}

function Sentence({ overview: { headline, tenant, clock, newest } }: Props) {
  const title = describeTitle(headline.parts)
  useEffect(() => {
    pageTitle.value = [title, escapeHidden(tenant)].filter(Boolean).join(' · ')
  }, [title, tenant])
  // The sentence is loaded after the page was opened.
  useEffect(() => {
    if (hasNavigated() && document.activeElement === document.body) focusHeading()
  }, [])
  const when: When = (at, inSentence) => formatWhen(at, clock.now, intlZone(), inSentence)
  return (
    <h1 class="sentence" tabIndex={-1}>
      {headline.parts.map((part, at) => (
        <Part
          key={part.kind}
          part={part}
          text={describePart(part, when)}
          before={at === 0 ? '' : part.joined ? ', ' : ' '}
          ends={!headline.parts[at + 1]?.joined}
          href={pageAbout(part, newest?.id)}
        />
      ))}
    </h1>
  )
}

const Part = ({
  part: { tone },
  text,
  before,
  ends,
  href,
}: {
  readonly part: HeadlinePart
  readonly text: string
  readonly before: string
  readonly ends: boolean
  readonly href: string | undefined
}) => (
  <>
    {before}
    <span class={tone ?? ''}>
      {href === undefined ? text : <a href={href}>{text}</a>}
      {ends && '.'}
    </span>
  </>
)

/** Where the evidence of a part is. */
function pageAbout({ kind }: HeadlinePart, newest: string | undefined): string | undefined {
  switch (kind) {
    case 'failing':
    case 'near-quarantine':
    case 'quarantined':
      return addressOf('users', 'failing')
    case 'requests-failed':
    case 'failed-by-fault':
      return newest === undefined
        ? pathTo('activity', {}, { q: 'status:4xx' })
        : pathTo('cycle', { id: newest })
    case 'token-expired':
    case 'token-expires':
    case 'replace-token':
      return addressOf('connect', 'credentials')
    case 'enter-address':
    case 'start-provisioning':
      return addressOf('connect')
    case 'faults-armed':
    case 'clock-ahead':
      return addressOf('lab')
    default:
      return undefined
  }
}

function Welcome({ tenant }: { readonly tenant: string }) {
  const endpoint = tenants.value?.find(({ id }) => id === tenant)?.endpoint ?? ''
  return (
    <div class="welcome">
      <Copyable what="the address" text={endpoint} />
      <p>
        <a href={addressOf('connect', 'credentials')}>Generate a token</a>, then follow the steps for{' '}
        <a href={addressOf('connect')}>your identity provider</a>.
      </p>
      <div class="actions">
        <May need="write">
          <RunSample tenant={tenant} />
        </May>
        <a class="button" href={addressOf('findings', 'check')}>
          Check an export
        </a>
      </div>
    </div>
  )
}

const formatNumber = (count: number) => count.toLocaleString('en')

function Numbers({ overview: { counts, inSync, job, tenant, analysis, tokens } }: Props) {
  const all = Object.values(counts)
  const sum = (status: 'disabled' | 'retained') => all.reduce((total, count) => total + count[status], 0)
  const valid = tokens.filter(({ expired }) => !expired).map(({ expiresInDays }) => expiresInDays)
  const users = (view?: string) => pathTo('users', { tenant }, { view })
  const facts: readonly (readonly [label: string, value: string, href?: string])[] = [
    ['in sync', analysis.current ? formatNumber(inSync) : '–'],
    ['active users', formatNumber(counts.User?.active ?? 0), users()],
    ['groups', formatNumber(counts.Group?.active ?? 0), pathTo('groups', { tenant })],
    ['disabled', formatNumber(sum('disabled')), users('disabled')],
    ['deleted', formatNumber(sum('retained')), users('deleted')],
    ...(job
      ? [
          [
            !analysis.current
              ? 'failing'
              : job.failing * 10 < job.threshold.objects
                ? 'failing, far from quarantine'
                : `failing, quarantine from ${formatNumber(job.threshold.objects)}`,
            analysis.current ? `${formatNumber(job.failing)} of ${formatNumber(job.objects)}` : '–',
            users('failing'),
          ] as const,
        ]
      : []),
    [
      'token valid',
      valid.length === 0 ? 'none' : formatCount(Math.max(...valid), 'day'),
      pathTo('connect', { tenant }, { view: 'credentials' }),
    ],
  ]
  return (
    <dl class="numbers">
      {facts.map(([label, value, href]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{href === undefined ? value : <a href={href}>{value}</a>}</dd>
        </div>
      ))}
    </dl>
  )
}

const failureColumns: readonly Column<Failure>[] = [
  {
    name: 'Object',
    kind: 'name',
    text: ({ label, action }) => label ?? action,
    to: ({ exchange }) => pathTo('exchange', { id: exchange }),
  },
  {
    name: 'Reason',
    kind: 'rest',
    always: true,
    text: ({ reason }) => reason,
    of: ({ reason }) => <Prose text={escapeHidden(reason)} />,
  },
  { name: 'Attempts', kind: 'number', text: ({ attempts }) => attempts },
  { name: 'Last attempt', kind: 'time', always: true, text: ({ tenantTime }) => tenantTime },
]

const Failing = ({ overview: { failures, job } }: Props) => (
  <>
    <Collection
      title="Failing"
      noun={['object', 'failing objects']}
      rows={loadedRows(failures)}
      columns={failureColumns}
      keyOf={({ exchange }) => exchange}
      empty={null}
    />
    {job && job.failing > failures.length && (
      <p class="foot">
        The newest {failures.length} of {formatCount(job.failing, 'object')}.{' '}
        <a href={addressOf('users', 'failing')}>All</a>
      </p>
    )}
  </>
)
