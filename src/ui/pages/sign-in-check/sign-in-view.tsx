import { useEffect, useState } from 'preact/hooks'
import { escapeHidden } from '../../../domain/client-text.ts'
import type {
  SignInCheck,
  SignInRuleResult,
  SignInVerdict,
  UserSignIn,
} from '../../../domain/contract/sign-in-check.ts'
import { type ApiProblem, call } from '../../api.ts'
import { Collection, type Column, loadedRows } from '../../components/collection.tsx'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { Field } from '../../components/field.tsx'
import { Fact } from '../../components/layout.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { toApiProblem, useLoad, usePages } from '../../load.ts'
import { type PageProps, pathTo, query, setQuery } from '../../router.ts'
import { Status } from '../directory/identity-facts.tsx'
import { Issues, Remedy, Verdict, verdictLabels } from './verdict.tsx'

export const SignInView = ({ tenant = '' }: PageProps) =>
  query.value.get('check') === 'response' ? (
    <>
      <p>
        <a href={pathTo('users', { tenant }, { view: 'sign-in' })}>All users</a>
      </p>
      <ResponseCheck tenant={tenant} />
    </>
  ) : (
    <UserList tenant={tenant} />
  )

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

const results: Readonly<Record<SignInRuleResult['result'], readonly [tone: string, label: string]>> = {
  passed: ['plain', 'passed'],
  failed: ['bad', 'failed'],
  'not-checked': ['plain', 'not checked'],
}

const order: readonly SignInRuleResult['result'][] = ['failed', 'not-checked', 'passed']

const CheckResult = ({ tenant, check }: { readonly tenant: string; readonly check: SignInCheck }) => (
  <section aria-label="Result">
    <h2>{sentence(check)}</h2>
    <Facts tenant={tenant} check={check} />
    <Collection
      noun={['rule', 'rules']}
      rows={loadedRows(
        check.results.toSorted((one, other) => order.indexOf(one.result) - order.indexOf(other.result)),
      )}
      columns={columns}
      keyOf={({ rule }) => rule}
      empty={null}
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
          <Verdict verdict={user.verdict} />
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
    name: 'Rule',
    text: ({ detail }) => detail,
    of: rule => (
      <>
        <ClientText text={rule.detail} />
        <div class="muted">
          {rule.rule}: {rule.description.replaceAll('`', '')} <a href={rule.source}>Source</a>
        </div>
        {rule.result === 'failed' && <Remedy {...rule} />}
      </>
    ),
    kind: 'rest',
  },
  {
    name: 'Result',
    text: ({ result }) => results[result][1],
    of: ({ result }) => {
      const [tone, label] = results[result]
      return <span class={`status-${tone}`}>{label}</span>
    },
    always: true,
  },
]

const shown: Readonly<Record<SignInVerdict | 'any', string>> = {
  no: 'Can’t sign in',
  'at-risk': 'At risk',
  yes: 'Can sign in',
  any: 'All',
}

/** Further pages are loaded at once while there are fewer rows, so that the number of all is known. */
const rowsAtOnce = 500

function UserList({ tenant }: { readonly tenant: string }) {
  const asked = query.value.get('verdict') ?? 'no'
  const text = query.value.get('text') || undefined
  // An invalid verdict in the address is left to the API to report.
  const verdict = asked === 'any' ? undefined : (asked as SignInVerdict)
  // Disabled and deleted users have a view of their own.
  const status = verdict === undefined ? undefined : ('active' as const)
  const pages = usePages('GET /tenants/:tenant/sign-in', {
    params: { tenant },
    query: { verdict, status, text, limit: 200 },
  })
  const loaded = useLoad('GET /tenants/:tenant', { params: { tenant } })
  const found = pages.items.value.length
  const isSearching = verdict !== undefined && pages.hasMore.value && found < rowsAtOnce
  // Pages of a verdict may be empty although more follow.
  useEffect(() => {
    if (isSearching && !pages.loading.value && !pages.problem.value) pages.loadMore()
  })
  const active = loaded.value.value?.counts.User?.active
  const isKnown = verdict === 'no' && text === undefined && !pages.hasMore.value && !pages.loading.value
  return (
    <>
      <p class="verdict">
        {isKnown && active !== undefined ? (
          <>
            {(active - found).toLocaleString('en')} can sign in,{' '}
            <span class={found === 0 ? '' : 'status-bad'}>{found.toLocaleString('en')} can’t</span>.
          </>
        ) : (
          isSearching && <span class="muted">Checking users…</span>
        )}
      </p>
      <Collection
        noun={['user', 'users']}
        rows={pages}
        columns={columnsOf(tenant)}
        keyOf={({ id }) => id}
        filter={{ name: 'text', hint: 'Filter: name' }}
        file="sign-in.csv"
        tools={
          <>
            <select
              aria-label="Sign-in"
              value={asked}
              onChange={event => setQuery({ verdict: event.currentTarget.value })}
            >
              {Object.entries(shown).map(([name, label]) => (
                <option key={name} value={name}>
                  {label}
                </option>
              ))}
            </select>
            <a href={pathTo('users', { tenant }, { view: 'sign-in', check: 'response' })}>
              Check a SAML response
            </a>
          </>
        }
        empty={
          <p class="muted">
            {isSearching
              ? 'Checking users…'
              : active === 0
                ? 'No active users.'
                : verdict === 'no' && text === undefined
                  ? 'Every active user can sign in.'
                  : 'None.'}
          </p>
        }
      />
    </>
  )
}

const columnsOf = (tenant: string): readonly Column<UserSignIn>[] => [
  {
    name: 'User name',
    text: ({ name }) => name,
    of: ({ id, name }) => (
      <a href={pathTo('user', { tenant, id }, { view: 'signIn' })}>
        <ClientText text={name} />
      </a>
    ),
    kind: 'name',
  },
  {
    name: 'Name',
    text: ({ name, display }) => (display === name ? '' : display),
    of: ({ name, display }) => display !== name && <ClientText text={display} />,
    wide: true,
  },
  {
    name: 'Why',
    text: ({ issues }) => issues.map(({ detail }) => detail).join(' '),
    of: ({ issues }) => <Issues issues={issues} />,
    kind: 'rest',
  },
  {
    name: 'Sign-in',
    text: ({ verdict }) => verdictLabels[verdict],
    of: ({ verdict }) => <Verdict verdict={verdict} />,
  },
  { name: 'Status', text: ({ status }) => status, of: ({ status }) => <Status status={status} /> },
]
