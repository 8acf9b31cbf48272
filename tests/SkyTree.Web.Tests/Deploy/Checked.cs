using Xunit;

namespace SkyTree.Web.Tests.Deploy;

/// <summary>What the program says of options that a file for operators gives it.</summary>
internal static class Checked
{
    /// <summary>Has the program check them; they must be right.</summary>
    /// <param name="environment">The variables that the file sets.</param>
    /// <param name="files">Files that the file says are there on the machine where it is used.</param>
    /// <returns>The lines that say what the options come to.</returns>
    public static async Task<List<string>> RunAsync(IEnumerable<KeyValuePair<string, string>> environment, params string[] files)
    {
        string folder = Directory.CreateTempSubdirectory("skytree-deploy-").FullName;
        try
        {
            string stand = Path.Combine(folder, "file");
            await File.WriteAllTextAsync(stand, "a secret of at least sixteen characters");
            (string, string)[] variables = [.. environment.Select(variable => (variable.Key, files.Contains(variable.Value) ? stand : variable.Value))];
            await using BrokerProcess program = BrokerProcess.Start(["--check"], variables);
            int exitCode = await program.WaitForExitAsync();
            Assert.True(exitCode == 0, string.Join('\n', program.Errors));
            List<string> lines = program.RestOfOutput();
            Assert.Equal("the options are right", lines[^1]);
            return lines;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
