using System.CommandLine;
using SkyTree.Cli.Connection;
using SkyTree.Cli.Output;

namespace SkyTree.Cli;

/// <summary>What a command runs with.</summary>
/// <param name="parsed">Its arguments and options.</param>
/// <param name="cancellationToken">Ends it, when the program is told to end.</param>
internal sealed class CommandContext(ParseResult parsed, CancellationToken cancellationToken) : IDisposable
{
    private ServerApi? _api;

    /// <summary>The server; made when it is asked for first, since not all commands need one.</summary>
    /// <exception cref="CliException">It is not said which, or who is asking.</exception>
    public ServerApi Api => _api ??= ServerApi.Create(ConnectionOptions.Read(parsed));

    /// <summary>Where answers go.</summary>
    public Printer Output { get; } = new(parsed);

    /// <summary>Ends the command.</summary>
    public CancellationToken Cancellation => cancellationToken;

    /// <summary>What was parsed.</summary>
    public ParseResult Parsed => parsed;

    /// <summary>An option's value.</summary>
    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    /// <summary>An argument's value.</summary>
    public T? Get<T>(Argument<T> argument) => parsed.GetValue(argument);

    /// <inheritdoc/>
    public void Dispose() => _api?.Dispose();
}
