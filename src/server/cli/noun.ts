import type { Command } from 'commander'
import type { CallKey, Input, InputArguments, Item, Output, PageKey } from '../../domain/contract/client.ts'
import { CliError, wrongUse } from './cli-error.ts'
import {
  addFlags,
  defaultCommand,
  type Flags,
  limit,
  searchCommand,
  tenantOption,
  type Values,
} from './options.ts'
import { printable } from './output.ts'
import { createSession, findTenantId, list, resolveTenant, type Session } from './session.ts'
import { type Column, fillHelp, formatTable, type Layout } from './table.ts'

export type Noun = (command: Command) => void

export const noun =
  (subcommands: readonly Noun[], help?: string): Noun =>
  command => {
    for (const add of subcommands) add(command)
    if (help !== undefined) command.addHelpText('after', fillHelp(help))
  }

type None = Readonly<Record<never, never>>

type Arguments<Usage extends string> = Usage extends `${infer Word} ${infer Others}`
  ? Argument<Word> & Arguments<Others>
  : Argument<Usage>

type Argument<Word extends string> = Word extends `<${infer Name}...>` | `[${infer Name}...]`
  ? { readonly [Key in Name]: readonly string[] }
  : Word extends `<${infer Name}>`
    ? { readonly [Key in Name]: string }
    : Word extends `[${infer Name}]`
      ? { readonly [Key in Name]: string | undefined }
      : None

type Given<Usage extends string, F> = Arguments<Usage> & Values<F>

type Parameters<Key extends CallKey> = [NonNullable<Input<Key>['params']>] extends [never]
  ? None
  : NonNullable<Input<Key>['params']>

type Called<Key extends CallKey, Usage extends string, F> = Omit<Given<Usage, F>, keyof Parameters<Key>> &
  Parameters<Key>

type Part<Key extends CallKey> = NonNullable<Input<Key>[Key extends `GET ${string}` ? 'query' : 'body']>

type Members<Key extends CallKey> = [Part<Key>] extends [never] ? None : Part<Key>

type FlagFor<Value> = Flags[string] & { readonly value?: Value }

type MemberFlags<M, Usage extends string> = {
  readonly [Name in keyof M as Exclude<Name, keyof Arguments<Usage>>]: FlagFor<M[Name]>
}

type CheckedFlags<Key extends CallKey, Usage extends string, F> = MemberFlags<
  Omit<Members<Key>, 'limit' | 'cursor'>,
  Usage
> & { readonly [Name in Exclude<keyof F, keyof Members<Key> | 'tenant'>]?: never }

type Sends<Key extends CallKey, Usage extends string, F> =
  | { readonly sends: (given: Given<Usage, F>) => Members<Key> | Promise<Members<Key>> }
  | ({ readonly sends?: undefined } & (None extends CheckedFlags<Key, Usage, F>
      ? { readonly flags?: CheckedFlags<Key, Usage, F> }
      : { readonly flags: CheckedFlags<Key, Usage, F> }))

type Unnamed<Key extends CallKey, Usage extends string> = Exclude<
  keyof Parameters<Key>,
  'tenant' | keyof Arguments<Usage>
>

type Finds<Key extends CallKey, Usage extends string> = [Unnamed<Key, Usage>] extends [never]
  ? { readonly finds?: undefined }
  : {
      readonly finds: (
        session: Session,
        tenant: string,
        given: Arguments<Usage>,
      ) => Promise<{ readonly [Name in Unnamed<Key, Usage>]: string }>
    }

type Declaration<Key extends CallKey, Usage extends string, F> = {
  readonly flags?: F
  readonly help?: string
  readonly isDefault?: true
} & Sends<Key, Usage, F> &
  Finds<Key, Usage>

type Run<Key extends CallKey, Usage extends string, F> = Declaration<Key, Usage, F> & {
  readonly argument?: { readonly description: string; readonly parse: (text: string) => string }
  readonly confirms?: (called: Called<Key, Usage, F>) => string
  readonly shows: (result: Output<Key>, called: Called<Key, Usage, F>, layout: Layout) => string
  readonly fails?: (result: Output<Key>, called: Called<Key, Usage, F>) => string | undefined
}

type Listing<Key extends PageKey, Usage extends string, F> = Declaration<Key, Usage, F> & {
  readonly columns: readonly Column<Item<Key>>[]
  readonly nothing: string | ((called: Called<Key, Usage, F>) => string)
  /** Offers `--csv`. */
  readonly csv?: true
  /** How many there are, if the pages do not say it. */
  readonly total?: (session: Session, sent: Part<Key>) => Promise<string>
}

export const runs =
  <Key extends CallKey, const Usage extends string, F extends Flags = None>(
    usage: Usage,
    key: Key,
    summary: string,
    declared: Run<Key, Usage, F>,
  ): Noun =>
  group =>
    addOperation(subcommand(group, usage, summary, declared), key, declared as unknown as AnyRun)

export const operation =
  <Key extends CallKey, const Usage extends string, F extends Flags = None>(
    usage: Usage,
    key: Key,
    declared: Run<Key, Usage, F>,
  ): Noun =>
  command =>
    addOperation(withArguments(command, usage), key, declared as unknown as AnyRun)

/** A subcommand that prints a list which the API returns in pages. `list` is the default of its noun. */
export const lists =
  <Key extends PageKey, const Usage extends string, F extends Flags = None>(
    usage: Usage,
    key: Key,
    summary: string,
    declared: Listing<Key, Usage, F>,
  ): Noun =>
  group => {
    const listing = declared as unknown as AnyListing
    const { columns, nothing, total } = listing
    const command = subcommand(group, usage, summary, declared)
    declare(command, key, listing)
    if (!command.options.some(option => option.attributeName() === 'limit'))
      command.addOption(limit('--limit'))
    if (listing.csv) command.option('--csv', 'Print CSV')
    command.action(async () => {
      const { session, called, input } = await prepare(command, key, listing)
      const none = typeof nothing === 'string' ? nothing : nothing(called)
      const shown = {
        ...{ limit: Number(called.limit), columns, nothing: none, isCsv: called.csv === true },
        ...(total && { total: () => total(session, input.query) }),
      }
      await list(session, key, input as Input<Key>, shown)
    })
  }

type Program<F> = { readonly flags?: F; readonly help?: string; readonly isDefault?: true }

export const does =
  <const Usage extends string, F extends Flags = None>(
    usage: Usage,
    summary: string,
    declared: Program<F>,
    run: (given: Given<Usage, F>, session: Session) => Promise<void>,
  ): Noun =>
  group =>
    addProgram(subcommand(group, usage, summary, declared), declared, run as AnyProgram)

export const program =
  <const Usage extends string, F extends Flags = None>(
    usage: Usage,
    declared: Program<F>,
    run: (given: Given<Usage, F>, session: Session) => Promise<void>,
  ): Noun =>
  command =>
    addProgram(withArguments(command, usage), declared, run as AnyProgram)

export const table =
  <Row, Called>(columns: readonly Column<Row>[], nothing: string | ((called: Called) => string)) =>
  ({ items }: { readonly items: readonly Row[] }, called: Called, layout: Layout): string =>
    items.length > 0
      ? formatTable(columns, items, layout)
      : `${printable(typeof nothing === 'string' ? nothing : nothing(called))}\n`

// The types above check declarations; what follows treats all of them alike.
type AnyGiven = Readonly<Record<string, unknown>>
type AnyProgram = (given: AnyGiven, session: Session) => Promise<void>
type AnyDeclaration = {
  readonly flags?: Flags
  readonly help?: string
  readonly sends?: (given: AnyGiven) => unknown
  readonly finds?: (session: Session, tenant: string, given: AnyGiven) => Promise<AnyGiven>
}
type AnyRun = AnyDeclaration & {
  readonly argument?: { readonly description: string; readonly parse: (text: string) => string }
  readonly confirms?: (called: AnyGiven) => string
  readonly shows: (result: unknown, called: AnyGiven, layout: Layout) => string
  readonly fails?: (result: unknown, called: AnyGiven) => string | undefined
}
type AnyListing = AnyDeclaration & {
  readonly columns: readonly Column<unknown>[]
  readonly nothing: string | ((called: AnyGiven) => string)
  readonly csv?: true
  readonly total?: (session: Session, sent: unknown) => Promise<string>
}

const subcommand = (
  group: Command,
  usage: string,
  summary: string,
  { isDefault }: { readonly isDefault?: true },
): Command =>
  isDefault || usage === 'list'
    ? defaultCommand(group, usage, summary)
    : usage === 'list [query...]'
      ? searchCommand(group, 'list', summary)
      : group.command(usage).description(summary)

const withArguments = (command: Command, usage: string): Command => {
  for (const word of usage.split(' ').slice(1)) command.argument(word)
  return command
}

function addProgram(command: Command, { flags = {}, help }: Program<Flags>, run: AnyProgram): void {
  addFlags(command, flags)
  if (help !== undefined) command.addHelpText('after', fillHelp(help))
  command.action(async () => {
    const session = createSession(command)
    await run(await givenTo(command, session), session)
  })
}

function declare(command: Command, key: CallKey, { flags = {}, help }: AnyDeclaration): void {
  if (parametersOf(key).includes('tenant') && !namesTenant(command) && !('tenant' in flags))
    command.addOption(tenantOption())
  addFlags(command, flags)
  if (help !== undefined) command.addHelpText('after', fillHelp(help))
}

function addOperation(command: Command, key: CallKey, declared: AnyRun): void {
  const { argument, confirms, shows, fails } = declared
  const [first] = command.registeredArguments
  if (argument && first) first.argParser(argument.parse).description = argument.description
  declare(command, key, declared)
  if (confirms) command.option('--yes', 'Confirm the action (required)')
  command.action(async () => {
    const { session, called, input } = await prepare(command, key, declared)
    if (confirms && !called.yes) throw wrongUse(`${confirms(called)} Use --yes to confirm.`)
    const result: unknown = await session.api.call(key, ...([input] as unknown as InputArguments<CallKey>))
    session.show(result, shows(result, called, session.layout))
    const failure = fails?.(result, called)
    if (failure !== undefined) throw new CliError(failure)
  })
}

async function prepare(command: Command, key: CallKey, declared: AnyDeclaration) {
  const session = createSession(command)
  const given = await givenTo(command, session)
  const sent = declared.sends ? await declared.sends(given) : membersOf(command, key, declared, given)
  const params = await findParameters(command, key, declared, given, session)
  const input: { readonly params: unknown; readonly query?: unknown } = {
    params,
    [key.startsWith('GET ') ? 'query' : 'body']: sent,
  }
  return { session, called: { ...given, ...params }, input }
}

/** Arguments and options by name. A tenant may be given by its name. */
async function givenTo(command: Command, { api }: Session): Promise<AnyGiven> {
  const given = {
    ...Object.fromEntries(
      command.registeredArguments.map((argument, at) => [argument.name(), command.processedArgs[at]]),
    ),
    ...command.opts(),
  }
  return typeof given.tenant === 'string'
    ? { ...given, tenant: await findTenantId(api, given.tenant) }
    : given
}

function membersOf(command: Command, key: CallKey, { flags = {}, finds }: AnyDeclaration, given: AnyGiven) {
  const others = [...parametersOf(key), 'limit']
  const named = finds ? [] : command.registeredArguments.map(argument => argument.name())
  const names = [...named, ...Object.keys(flags)]
  const members = names.filter(name => !others.includes(name))
  return members.length === 0 ? undefined : Object.fromEntries(members.map(name => [name, given[name]]))
}

async function findParameters(
  command: Command,
  key: CallKey,
  { finds }: AnyDeclaration,
  given: AnyGiven,
  session: Session,
): Promise<AnyGiven | undefined> {
  const names = parametersOf(key)
  if (names.length === 0) return undefined
  const how = namesTenant(command) ? 'an argument' : '--tenant'
  const tenant = names.includes('tenant')
    ? await resolveTenant(session.api, given.tenant as string | undefined, how)
    : ''
  const found = { ...given, ...(await finds?.(session, tenant, given)), tenant }
  return Object.fromEntries(names.map(name => [name, found[name as keyof typeof found]]))
}

const parametersOf = (key: CallKey): readonly string[] =>
  key.split('/').flatMap(part => (part.startsWith(':') ? [part.slice(1)] : []))

const namesTenant = (command: Command): boolean =>
  command.registeredArguments.some(argument => argument.name() === 'tenant')
