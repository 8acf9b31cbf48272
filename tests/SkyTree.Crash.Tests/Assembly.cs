using Xunit.Sdk;
using Xunit.v3;

// A broker, its database and a dozen clients are enough for a small machine.
[assembly: Parallelization(Mode = ParallelMode.None)]
