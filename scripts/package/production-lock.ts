type Locked = Readonly<Record<string, unknown>>

export type Lockfile = {
  readonly packages: Readonly<Record<string, Locked>>
} & Locked

/** A lockfile (version 3 of npm) without development dependencies and workspaces. */
export function productionLock({ packages, ...rest }: Lockfile): Lockfile {
  const { devDependencies: _, workspaces: __, ...root } = packages[''] ?? {}
  const installed = Object.entries(packages).filter(
    ([path, { dev, link }]) => path.startsWith('node_modules/') && !dev && !link,
  )
  return { ...rest, packages: { '': root, ...Object.fromEntries(installed) } }
}
