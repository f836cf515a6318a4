/** What the value of an option must be: as a test, and in words for the message. */
export interface OptionRule {
  readonly fits: (value: unknown) => boolean;
  readonly expected: string;
}

/**
 * Makes the check of one kind of options: each key must have a rule, and what is given must fit it.
 *
 * @param what For the message, such as `"static options"`.
 * @returns Throws a `TypeError` that names every option that is wrong.
 */
export function createOptionCheck<Options extends object>(
  what: string,
  rules: Readonly<Record<keyof Options, OptionRule>>,
): (options: Options) => void {
  const rulesByName = new Map(Object.entries<OptionRule>(rules));
  const findIssue = ([name, value]: [string, unknown]): string[] => {
    const rule = rulesByName.get(name);
    if (rule === undefined) return [`there is no option ${name}`];
    if (value === undefined || rule.fits(value)) return [];
    const got = JSON.stringify(value) ?? typeof value;
    return [`expected ${name} to be ${rule.expected}, got ${got}`];
  };
  return (options) => {
    const issues = Object.entries(options).flatMap(findIssue);
    if (issues.length > 0) throw new TypeError(`Invalid ${what}: ${issues.join("; ")}`);
  };
}
