// Prints what vitest's JSON report counted; exits with 1 unless every step and every test passed.
// A step that failed counts as one failure, unless the tests in it are counted themselves.
const { readFileSync } = require("node:fs");

const [file, ...failedSteps] = process.argv.slice(2);

let passed = 0;
const failures = [];
for (const { name, message, status, assertionResults } of readResults()) {
  for (const { status: outcome, fullName } of assertionResults) {
    if (outcome === "passed") passed++;
    else failures.push(`${outcome}: ${fullName}`);
  }
  const isExplained = assertionResults.some(({ status: outcome }) => outcome === "failed");
  if (status === "failed" && !isExplained) failures.push(`failed: ${name}: ${message}`);
}
for (const step of failedSteps) {
  if (step !== "npm test" || failures.length === 0) failures.push(`failed: ${step}`);
}
if (passed === 0 && failures.length === 0) failures.push("no test ran");

for (const failure of failures) console.log(failure);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;

function readResults() {
  try {
    return JSON.parse(readFileSync(file, "utf8")).testResults;
  } catch (error) {
    console.log(`no test report: ${error.message}`);
    return [];
  }
}
