using System.Text;

namespace SkyTree.Cli.Connection;

/// <summary>Passwords: asked for at a terminal without showing them, else the first line of standard input. Never arguments, which others can see.</summary>
internal static class SecretInput
{
    /// <summary>Reads one.</summary>
    /// <param name="file">A file whose first line it is; null: the terminal or standard input.</param>
    /// <param name="prompt">What is asked for.</param>
    /// <param name="twice">Whether it is new, and typed twice at a terminal.</param>
    /// <exception cref="CliException">There is none, or the second is another.</exception>
    public static string Read(string? file, string prompt, bool twice)
    {
        string? secret = file is not null ? File.ReadLines(file).FirstOrDefault()
            : Console.IsInputRedirected ? Console.In.ReadLine()
            : Type(prompt);
        if (string.IsNullOrEmpty(secret))
        {
            throw CliException.Usage($"{prompt}: there is none");
        }

        if (twice && file is null && !Console.IsInputRedirected && Type($"{prompt} again") != secret)
        {
            throw CliException.Usage($"{prompt}: the second one is another");
        }

        return secret;
    }

    private static string Type(string prompt)
    {
        Console.Error.Write($"{prompt}: ");
        StringBuilder typed = new();
        for (ConsoleKeyInfo key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
