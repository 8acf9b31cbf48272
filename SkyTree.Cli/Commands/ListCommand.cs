using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SkyTree.Cli.Connection;
using SkyTree.Cli.Output;

namespace SkyTree.Cli.Commands;

/// <summary>A command that lists what a route lists, page after page.</summary>
internal sealed class ListCommand : Command
{
    private const int LargestPage = 1000;

    private readonly string _path;
    private readonly List<Action<CommandContext, ApiQuery>> _parameters = [];
    private bool _isPaged = true;

    private readonly Option<int> _limit = new("--limit", "-n") { Description = "At most so many", HelpName = "N", DefaultValueFactory = _ => 100 };
    private readonly Option<bool> _all = new("--all") { Description = "All there are" };

    /// <summary>A list.</summary>
    /// <param name="name">The command.</param>
    /// <param name="description">What it lists.</param>
    /// <param name="path">The route below <c>/api/v1/</c>.</param>
    /// <param name="columns">What is shown of each.</param>
    public ListCommand(string name, string description, string path, params Column[] columns)
        : base(name, description)
    {
        _path = path;
        _limit.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int limit) && limit < 1)
            {
                result.AddError("--limit is 1 or more; --all lists all");
            }
        });
        this.Runs(context => RunAsync(context, columns));
        this.With(_limit, _all);
    }

    /// <summary>The route answers all at once.</summary>
    public ListCommand Unpaged()
    {
        _isPaged = false;
        Options.Remove(_limit);
        Options.Remove(_all);
        return this;
    }

    /// <summary>An argument that may be given, and goes into a parameter.</summary>
    public ListCommand Argument(string name, string parameter, string description)
    {
        Argument<string?> argument = new(name) { Description = description, Arity = ArgumentArity.ZeroOrOne };
        Arguments.Add(argument);
        _parameters.Add((context, query) => query.Add(parameter, context.Get(argument)));
        return this;
    }

    /// <summary>An option whose value goes into a parameter.</summary>
    public ListCommand Filter(string name, string parameter, string value, string description)
    {
        Option<string?> option = new(name) { Description = description, HelpName = value };
        Options.Add(option);
        _parameters.Add((context, query) => query.Add(parameter, context.Get(option)));
        return this;
    }

    /// <summary>An option that sets a parameter.</summary>
    public ListCommand Flag(string name, string parameter, string value, string description)
    {
        Option<bool> option = new(name) { Description = description };
        Options.Add(option);
        _parameters.Add((context, query) => query.Add(parameter, context.Get(option) ? value : null));
        return this;
    }

    private async Task RunAsync(CommandContext context, IReadOnlyList<Column> columns)
    {
        ApiQuery query = new();
        foreach (Action<CommandContext, ApiQuery> parameter in _parameters)
        {
            parameter(context, query);
        }

        long wanted = !_isPaged || context.Get(_all) ? long.MaxValue : context.Get(_limit);
        List<JsonNode> rows = [];
        SortedSet<string> unavailable = [];
        string? cursor = null;
        do
        {
            ApiQuery page = _isPaged ? query.Copy().Add("limit", Math.Min(wanted - rows.Count, LargestPage)).Add("cursor", cursor) : query;
            JsonNode? answer = await context.Api.GetAsync(_path, context.Cancellation, page);
            rows.AddRange((answer.At("items") as JsonArray ?? []).OfType<JsonNode>());
            unavailable.UnionWith((answer.At("unavailable") as JsonArray ?? []).Select(Cells.Text));
            cursor = answer.TextAt("next") is { Length: > 0 } next ? next : null;
        }
        while (cursor is not null && rows.Count < wanted);

        context.Output.Rows(rows, columns);
        if (cursor is not null)
        {
            await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"There are more than these {rows.Count}: --limit N, or --all."));
        }

        if (unavailable.Count > 0)
        {
            await ErrorLine.WriteAsync($"without the nodes {string.Join(", ", unavailable)}, which did not answer");
        }
    }
}
