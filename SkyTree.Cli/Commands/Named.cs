using System.CommandLine;
using System.Text.Json.Nodes;
using SkyTree.Cli.Connection;

namespace SkyTree.Cli.Commands;

/// <summary>Commands about one thing, or several, by name.</summary>
internal static class Named
{
    /// <summary>Shows one.</summary>
    /// <param name="description">What it shows.</param>
    /// <param name="name">The argument's name.</param>
    /// <param name="path">The route with <c>{0}</c> for the name.</param>
    public static Command Show(string description, string name, string path)
    {
        Argument<string> argument = new(name) { Description = "Which" };
        return new Command("show", description).With(argument).Runs(async context =>
            context.Output.Details(await context.Api.GetAsync(ApiPath.Of(path, context.Get(argument)!), context.Cancellation)));
    }

    /// <summary>Does something to each that is named; the first that is refused ends it.</summary>
    /// <param name="verb">The command.</param>
    /// <param name="description">What it does.</param>
    /// <param name="name">The argument's name.</param>
    /// <param name="method">How it is asked for.</param>
    /// <param name="path">The route with <c>{0}</c> for the name.</param>
    /// <param name="done">What it is then, after the name: <c>was deleted</c>.</param>
    /// <param name="body">What is sent; null: nothing.</param>
    public static Command Act(string verb, string description, string name, HttpMethod method, string path, string done, Func<CommandContext, JsonNode?>? body = null)
    {
        Argument<string[]> argument = new(name) { Description = "Which", Arity = ArgumentArity.OneOrMore };
        return new Command(verb, description).With(argument).Runs(async context =>
        {
            foreach (string each in context.Get(argument)!)
            {
                JsonNode? answer = await context.Api.SendAsync(method, ApiPath.Of(path, each), context.Cancellation, body?.Invoke(context));
                context.Output.Done($"{each} {done}", answer);
            }
        });
    }
}
