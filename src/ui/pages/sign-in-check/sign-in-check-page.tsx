import { useEffect, useRef, useState } from 'preact/hooks'
import { escapeHidden } from '../../../domain/client-text.ts'
import type {
  SignInCheck,
  SignInRuleResult,
  SignInVerdict,
  UserSignIn,
} from '../../../domain/contract/sign-in-check.ts'
import { type ApiProblem, call } from '../../api.ts'
import { Badge, Empty, Loading, ProblemBox, type Tone } from '../../components/feedback.tsx'
import { Field } from '../../components/field.tsx'
import { Fact, PageHead } from '../../components/layout.tsx'
import { type Column, PagedTable, Table } from '../../components/table.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { toApiProblem, usePages } from '../../load.ts'
import { type PageProps, pathTo, query, setQuery } from '../../router.ts'
import { StatusBadge } from '../directory/identity-facts.tsx'
import { Issues, Remedy, VerdictBadge, verdictLabels } from './verdict.tsx'

const views = { users: 'Users', response: 'Check a SAML response' } as const

export function SignInCheckPage({ tenant = '' }: PageProps) {
  const view = query.value.get('view') ?? 'users'
  return (
    <>
      <PageHead
        title="Sign-in check"
        description="AWS signs in the user whose userName equals the NameID of the SAML response. This page checks only; it creates no session."
      />
      <fieldset class="tabs">
        <legend class="visually-hidden">View</legend>
        {Object.entries(views).map(([name, label]) => (
          <button
            key={name}
            type="button"
            aria-pressed={view === name}
            onClick={() => setQuery({ view: name === 'users' ? undefined : name })}
          >
            {label}
          </button>
        ))}
      </fieldset>
      {view === 'response' ? <ResponseCheck tenant={tenant} /> : <UserList tenant={tenant} />}
    </>
  )
}

type State =
  | { readonly kind: 'idle' | 'busy' }
  | { readonly kind: 'checked'; readonly check: SignInCheck }
  | { readonly kind: 'failed'; readonly problem: ApiProblem }

function ResponseCheck({ tenant }: { readonly tenant: string }) {
  const [state, setState] = useState<State>({ kind: 'idle' })
  const submit = async (form: HTMLFormElement) => {
    const data = new FormData(form)
    const value = (name: string) => String(data.get(name) ?? '').trim()
    const optional = Object.fromEntries(
      ['metadata', 'certificate', 'acs', 'audience'].flatMap(name => {
        const text = value(name)
        return text === '' ? [] : [[name, text] as const]
      }),
    )
    setState({ kind: 'busy' })
    try {
      const check = await call('POST /tenants/:tenant/sign-in/check', {
        params: { tenant },
        body: { response: value('response'), ...optional },
      })
      setState({ kind: 'checked', check })
    } catch (error) {
      setState({ kind: 'failed', problem: toApiProblem(error) })
    }
  }
  return (
    <>
      <form
        class="card"
        autocomplete="off"
        onSubmit={event => {
          event.preventDefault()
          void submit(event.currentTarget)
        }}
      >
        <Field
          label="SAML response"
          description="The value of the form field SAMLResponse, which the network tab of the browser shows at the sign-in; a deflated value or XML works, too. It is not stored."
        >
          {props => <textarea {...props} name="response" rows={8} required spellcheck={false} />}
        </Field>
        <details>
          <summary>Identity provider and AWS instance</summary>
          <Field label="Metadata of the identity provider" description="XML. It has the certificates.">
            {props => <textarea {...props} name="metadata" rows={4} spellcheck={false} />}
          </Field>
          <Field label="Signing certificate" description="PEM or base64, if there is no metadata.">
            {props => <textarea {...props} name="certificate" rows={4} spellcheck={false} />}
          </Field>
          <Field label="ACS URL" description="IAM Identity Center: Settings, Manage authentication.">
            {props => <input {...props} name="acs" type="url" spellcheck={false} />}
          </Field>
          <Field label="Issuer URL" description="The audience of the response, on the same page.">
            {props => <input {...props} name="audience" type="text" spellcheck={false} />}
          </Field>
        </details>
        <div class="actions">
          <button type="submit" class="primary" disabled={state.kind === 'busy'}>
            Check response
          </button>
        </div>
      </form>
      {state.kind === 'busy' && <Loading label="Checking" />}
      {state.kind === 'failed' && <ProblemBox problem={state.problem} />}
      {state.kind === 'checked' && <CheckResult tenant={tenant} check={state.check} />}
    </>
  )
}

const results: Readonly<Record<SignInRuleResult['result'], readonly [tone: Tone, label: string]>> = {
  passed: ['good', 'passed'],
  failed: ['bad', 'failed'],
  'not-checked': ['plain', 'not checked'],
}

const order: readonly SignInRuleResult['result'][] = ['failed', 'not-checked', 'passed']

const CheckResult = ({ tenant, check }: { readonly tenant: string; readonly check: SignInCheck }) => (
  <section aria-label="Result">
    <h2>{sentence(check)}</h2>
    <Facts tenant={tenant} check={check} />
    <Table
      caption="Rules"
      columns={columns}
      items={check.results.toSorted((one, other) => order.indexOf(one.result) - order.indexOf(other.result))}
      keyOf={({ rule }) => rule}
    />
  </section>
)

const sentence = ({ outcome, user, results: all }: SignInCheck): string => {
  const failed = all.filter(({ result }) => result === 'failed').length
  if (outcome === 'rejected')
    return `AWS would reject this response: ${failed} ${failed === 1 ? 'rule fails' : 'rules fail'}.`
  const open = all.filter(({ result }) => result === 'not-checked').length
  const unchecked = open === 0 ? '' : ` ${open} ${open === 1 ? 'rule was' : 'rules were'} not checked.`
  return outcome === 'accepted' && user
    ? `AWS would sign in ${escapeHidden(user.name)}.${unchecked}`
    : `No rule fails.${unchecked}`
}

const Facts = ({ tenant, check }: { readonly tenant: string; readonly check: SignInCheck }) => {
  const { user, nameId, issuer, certificate, cloudTrail, page } = check
  return (
    <dl class="facts card">
      {nameId !== undefined && (
        <Fact name="NameID">
          <ClientText text={nameId} />
        </Fact>
      )}
      {user && (
        <Fact name="User">
          <a href={pathTo('user', { tenant, id: user.id })}>
            <ClientText text={user.name} />
          </a>{' '}
          <VerdictBadge verdict={user.verdict} />
        </Fact>
      )}
      {user && (
        <Fact name="Groups">
          {user.groups.length === 0 ? (
            <span class="muted">none</span>
          ) : (
            <ClientText text={user.groups.map(({ display, id }) => display ?? id).join(', ')} />
          )}
        </Fact>
      )}
      {user && user.issues.length > 0 && (
        <Fact name="User’s issues">
          <Issues issues={user.issues} />
        </Fact>
      )}
      {issuer !== undefined && (
        <Fact name="Issuer">
          <ClientText text={issuer} />
        </Fact>
      )}
      {certificate && (
        <Fact name="Certificate">
          <ClientText text={certificate.subject} />, expires <Time at={certificate.notAfter} />
        </Fact>
      )}
      {cloudTrail && (
        <Fact name="CloudTrail">
          {cloudTrail.eventName}: {cloudTrail.outcome}
          {cloudTrail.message !== undefined && `, “${cloudTrail.message}”`}
        </Fact>
      )}
      {page !== undefined && <Fact name="The user sees">{page}</Fact>}
      <Fact name="Checked at">
        <Time at={check.at} /> (tenant time)
      </Fact>
      <Fact name="SHA-256">
        <code>{check.sha256.slice(0, 16)}…</code>
      </Fact>
    </dl>
  )
}

const columns: readonly Column<SignInRuleResult>[] = [
  {
    name: 'Result',
    of: ({ result }) => {
      const [tone, label] = results[result]
      return <Badge tone={tone}>{label}</Badge>
    },
  },
  {
    name: 'Rule',
    of: rule => (
      <>
        <ClientText text={rule.detail} />
        <div class="muted">
          {rule.rule}: {rule.description.replaceAll('`', '')} <a href={rule.source}>Source</a>
        </div>
        {rule.result === 'failed' && <Remedy {...rule} />}
      </>
    ),
  },
]

/** Fewer rows than a screen has: the next page is loaded at once. */
const fewRows = 20

function UserList({ tenant }: { readonly tenant: string }) {
  // An invalid verdict in the address is left to the API to report.
  const verdict = (query.value.get('verdict') || undefined) as SignInVerdict | undefined
  const text = query.value.get('text') || undefined
  const pages = usePages('GET /tenants/:tenant/sign-in', { params: { tenant }, query: { verdict, text } })
  const isSearching = pages.hasMore.value && pages.items.value.length < fewRows
  // Pages of a verdict may be empty although more follow.
  useEffect(() => {
    if (isSearching && !pages.loading.value && !pages.problem.value) pages.loadMore()
  })
  return (
    <>
      <Filters />
      <PagedTable
        pages={pages}
        caption="Users and sign-in"
        columns={columnsOf(tenant)}
        keyOf={({ id }) => id}
        empty={
          isSearching ? <p class="muted loading">Reading users…</p> : <Empty title="No matching users." />
        }
      />
    </>
  )
}

const columnsOf = (tenant: string): readonly Column<UserSignIn>[] => [
  {
    name: 'User',
    of: ({ id, name, display }) => (
      <>
        <a href={pathTo('user', { tenant, id })}>
          <ClientText text={name} />
        </a>
        {display !== name && (
          <div class="muted">
            <ClientText text={display} />
          </div>
        )}
      </>
    ),
  },
  { name: 'Sign-in', of: ({ verdict }) => <VerdictBadge verdict={verdict} /> },
  { name: 'Status', of: ({ status }) => <StatusBadge status={status} />, wide: true },
  { name: 'Reasons', of: ({ issues }) => <Issues issues={issues} /> },
]

const typingDelay = 250

function Filters() {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const search = (text: string) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setQuery({ text }), typingDelay)
  }
  return (
    <search>
      <form class="inline" onSubmit={event => event.preventDefault()}>
        <div class="field">
          <label for="name">Name</label>
          <input
            id="name"
            type="search"
            defaultValue={query.value.get('text') ?? ''}
            onInput={event => search(event.currentTarget.value)}
            spellcheck={false}
          />
        </div>
        <div class="field narrow">
          <label for="verdict">Sign-in</label>
          <select
            id="verdict"
            value={query.value.get('verdict') ?? ''}
            onChange={event => setQuery({ verdict: event.currentTarget.value })}
          >
            <option value="">any</option>
            {Object.entries(verdictLabels).map(([verdict, label]) => (
              <option key={verdict} value={verdict}>
                {label}
              </option>
            ))}
          </select>
        </div>
      </form>
    </search>
  )
}
