/** The names that a batch uses until it ends. Two batches may mention a name at the same time; a change excludes both. */
export type NamesInUse = {
  canChange(names: readonly string[]): boolean
  canMention(name: string): boolean
  change(names: readonly string[]): void
  mention(name: string): boolean
  end(): void
}

export function createNamesInUse(): () => NamesInUse {
  const changing = new Map<string, NamesInUse>()
  const mentioning = new Map<string, Set<NamesInUse>>()

  return () => {
    const changed: string[] = []
    const mentioned = new Set<string>()
    const isMentionedElsewhere = (name: string): boolean => {
      const users = mentioning.get(name)
      return users !== undefined && !(users.size === 1 && users.has(own))
    }
    const own: NamesInUse = {
      canChange: names => names.every(name => own.canMention(name) && !isMentionedElsewhere(name)),
      canMention: name => (changing.get(name) ?? own) === own,
      change(names) {
        for (const name of names) changing.set(name, own)
        changed.push(...names)
      },
      mention(name) {
        if (!own.canMention(name)) return false
        mentioned.add(name)
        mentioning.set(name, (mentioning.get(name) ?? new Set()).add(own))
        return true
      },
      end() {
        for (const name of changed) changing.delete(name)
        for (const name of mentioned) {
          const users = mentioning.get(name)
          users?.delete(own)
          if (users?.size === 0) mentioning.delete(name)
        }
      },
    }
    return own
  }
}
